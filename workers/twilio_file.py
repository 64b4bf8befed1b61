"""A patient's file from Twilio: its address leads on to where the bytes lie, and the account's token stays behind.

https://www.twilio.com/docs/messaging/api/media-resource
"""

import asyncio
import re

import httpx

from bot.channels.errors import Action, Rule, SendError, no_answer, not_reached, send_error
from workers.provider import File, TooLarge

PATIENCE = httpx.Timeout(10.0, connect=3.0)
WHOLE = 60.0  # seconds for one file
ID = re.compile(r"(\w{1,64})-(\w{1,60})")  # of the message and of the file, as ``bot.twilio.form`` writes it
FURTHER = 4  # addresses that lead on to another one


async def download(url: str, account: str, token: str, media_id: str, most: int) -> File:
    """``url`` is that of Twilio's API. Raises ``SendError``, ``TooLarge``."""
    named = ID.fullmatch(media_id)
    if named is None:
        raise SendError(Rule(Action.PERMANENT), detail="no file of Twilio's")
    first = httpx.URL(f"{url}/2010-04-01/Accounts/{account}/Messages/{named[1]}/Media/{named[2]}")
    try:
        async with asyncio.timeout(WHOLE), httpx.AsyncClient(timeout=PATIENCE, follow_redirects=False) as session:
            return File(await _bytes(session, first, httpx.BasicAuth(account, token), most))
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise not_reached() from error
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise no_answer() from error


async def _bytes(session: httpx.AsyncClient, first: httpx.URL, auth: httpx.BasicAuth, most: int) -> bytes:
    url = first
    for _ in range(FURTHER + 1):
        shown = auth if _same(url, first) and url.path.startswith("/2010-04-01/") else None
        async with session.stream("GET", url, auth=shown) as answer:
            if not answer.has_redirect_location:
                return await _read(answer, most)
            url = url.join(answer.headers["location"])
        if not (_same(url, first) or url.scheme == "https"):
            raise SendError(Rule(Action.RETRY), detail="a file at an open address")
    raise SendError(Rule(Action.RETRY), detail="a file that is always elsewhere")


def _same(url: httpx.URL, other: httpx.URL) -> bool:
    return (url.scheme, url.host, url.port) == (other.scheme, other.host, other.port)


async def _read(answer: httpx.Response, most: int) -> bytes:
    if answer.status_code != 200:
        raise send_error(answer.status_code, {"error": {"code": 20404}} if answer.status_code in (404, 410) else None)
    content = bytearray()
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > most:
            raise TooLarge
    return bytes(content)
