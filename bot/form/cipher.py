"""Requests of the form as they travel: read with one of our private keys, answered with the key that came along.

pywa does both; it is loaded with the first request, since it is large.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import orjson

SEALED = ("encrypted_flow_data", "encrypted_aes_key", "initial_vector")


class Unreadable(Exception):
    """None of our keys opens it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was said, and how to answer it."""

    said: Any
    key: bytes
    vector: bytes


def _open(body: bytes, private_keys: Sequence[str]) -> Opened:
    from pywa.utils import default_flow_request_decryptor as decrypt

    try:
        envelope = orjson.loads(body)
        data, key, vector = (envelope[name] for name in SEALED)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise Unreadable from None
    for private_key in private_keys:
        try:
            return Opened(*decrypt(data, key, vector, private_key))
        except Exception:  # noqa: S112 (what is wrong with it depends on which byte was touched)
            continue
    raise Unreadable


def warm() -> None:
    """Load what reads them before somebody waits for it."""
    import_module("pywa.utils")


async def opened(body: bytes, private_keys: Sequence[str]) -> Opened:
    """A request, by the first of the keys that opens it. Raises ``Unreadable``. Not on the loop: a key takes 50 ms to
    read for the first time."""
    return await asyncio.to_thread(_open, body, private_keys)


def sealed(answer: dict[str, Any], to: Opened) -> bytes:
    """An answer that only who asked can read."""
    from pywa.utils import default_flow_response_encryptor as encrypt

    return encrypt(answer, to.key, to.vector).encode()
