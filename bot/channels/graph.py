"""The Graph API through pywa: reviews of templates, flows, media and management, for whoever is not in a hurry."""

import ssl
from collections.abc import Awaitable
from functools import cache
from typing import TypeVar

import httpx
from pywa.errors import WhatsAppError
from pywa_async.client import WhatsApp

from bot.channels.cloud import VERSION
from bot.channels.errors import SendError, no_answer, not_reached, send_error

T = TypeVar("T")
PATIENCE = httpx.Timeout(10.0, connect=3.0)


def client(base: str, token: str, *, phone_number_id: str = "", waba_id: str = "") -> WhatsApp:
    """A pywa client that only sends; ``base`` is ``https://graph.facebook.com`` or whatever stands in for it."""
    session = httpx.AsyncClient(timeout=PATIENCE, verify=_trust())
    made = WhatsApp(
        phone_id=phone_number_id or None, token=token, waba_id=waba_id or None, session=session,
        api_version=VERSION.lstrip("v"),
    )  # fmt: skip
    session.base_url = httpx.URL(f"{base}/{VERSION}")  # pywa sets its own
    return made


@cache
def _trust() -> ssl.SSLContext:
    """Whose certificates are good: read once, since that takes 30 ms, and there is a client for each number."""
    return httpx.create_ssl_context()


async def close(client: WhatsApp) -> None:
    """Hang up: pywa itself never does."""
    await client.api._session.aclose()


async def call(asked: Awaitable[T]) -> T:
    """Await a call of pywa; its errors become ours.

    pywa's are frozen dataclasses, which break inside context managers and cannot be pickled: they end here.
    """
    try:
        return await asked
    except WhatsAppError as error:
        raise as_send_error(error) from None
    except httpx.ConnectError as error:
        raise not_reached() from error
    except httpx.HTTPError as error:
        raise no_answer() from error


def as_send_error(error: WhatsAppError) -> SendError:
    """What pywa's error means, by the same table as everywhere."""
    return send_error(error.status_code or 400, {"error": error.raw})
