"""Secrets that somebody shows to prove who they are: made, hashed as they may be stored, and signed."""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

BYTES = 32  # nobody guesses 256 bits


def fresh() -> str:
    """A new secret, fit for a link."""
    return secrets.token_urlsafe(BYTES)


def hashed(secret: str) -> str:
    """As it is stored. A fast hash is enough for what nobody can guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


@lru_cache(maxsize=64)
def key_for(secret_key: str, purpose: str) -> bytes:
    """A key of its own for each purpose, so that what is signed for one is worth nothing for another."""
    return HKDF(SHA256(), length=32, salt=None, info=f"opdesk {purpose}".encode()).derive(secret_key.encode())


def mac(secret_key: str, purpose: str, text: str) -> str:
    """What only a holder of the key can make of ``text``."""
    made = hmac.digest(key_for(secret_key, purpose), text.encode(), "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def same(one: str, other: str) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())
