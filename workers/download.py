"""A patient's file from the Graph API: its address first, then its bytes, never more of them than are taken.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
"""

import asyncio
from typing import Any

import httpx

from bot.channels.errors import Action, Rule, SendError, no_answer, not_reached, send_error
from workers.provider import File, TooLarge

PATIENCE = 60.0  # seconds for one file
AT_META = (".fbsbx.com", ".fbcdn.net", ".facebook.com", ".whatsapp.net")  # where files lie besides the API's own host


async def download(session: httpx.AsyncClient, media_id: str, phone_number_id: str, most: int) -> File:
    """``session`` brings the API's address and the token. Raises ``SendError``, ``TooLarge``."""
    try:
        async with asyncio.timeout(PATIENCE):
            node = await _node(session, media_id, phone_number_id)
            if _whole(node.get("file_size")) > most:
                raise TooLarge
            content = await _bytes(session, _address(session, node), most)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise not_reached() from error
    except (httpx.HTTPError, TimeoutError) as error:
        raise no_answer() from error
    return File(content, str(node.get("sha256") or ""))


async def _node(session: httpx.AsyncClient, media_id: str, phone_number_id: str) -> dict[str, Any]:
    asked = {"phone_number_id": phone_number_id} if phone_number_id else {}
    answer = await session.get(f"/{media_id}", params=asked, follow_redirects=False)
    node = _json(answer)
    if not answer.is_success:
        raise send_error(answer.status_code, node)
    if not isinstance(node, dict):
        raise no_answer()
    return node


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _address(session: httpx.AsyncClient, node: dict[str, Any]) -> httpx.URL:
    """Where the bytes are: at Meta, for the token goes along. Raises ``SendError``."""
    try:
        url = httpx.URL(str(node.get("url") or ""))
    except httpx.InvalidURL:
        raise no_answer() from None
    own = session.base_url
    ours = (url.scheme, url.host, url.port) == (own.scheme, own.host, own.port)
    if ours or (url.scheme == "https" and url.port is None and f".{url.host}".endswith(AT_META)):
        return url
    raise SendError(Rule(Action.RETRY), detail="a file at a stranger's address")


async def _bytes(session: httpx.AsyncClient, url: httpx.URL, most: int) -> bytes:
    content = bytearray()
    async with session.stream("GET", url, follow_redirects=False) as answer:
        if answer.status_code in (404, 410):  # the address was good for five minutes: ask for another
            raise SendError(Rule(Action.RETRY), detail="the address is too old")
        if answer.status_code != 200:
            raise send_error(answer.status_code, None)
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > most:
                raise TooLarge
    return bytes(content)


def _whole(number: object) -> int:
    """Meta writes sizes as numbers, sometimes as text."""
    text = str(number)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
