"""The patient's own copy: behind a link that shows a button, opens once, and says nothing by itself."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from bot import my_data
from clinic import clock, data_link
from clinic.chat import unknown
from clinic.data_link import DataLink
from clinic.desk import FrontDesk
from clinic.message import Message
from clinic.purpose import LANGUAGES
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.views import Sender

NAME = "Ann <b>Ray</b>"


async def asked(language: str = "en") -> tuple[FrontDesk, str]:
    """Somebody with a name and words, and the path of their link."""
    tenant = Tenant(id=new_id(), name="Asha", languages=["en"])
    await tenant.add()
    desk, now = FrontDesk(tenant.id, Sender(new_id(), "919876543210"), public_url="https://desk.example"), clock.now()
    await desk.record_consent("1", True, now)
    await desk.set_language(language)
    await desk.register(new_id(), NAME, None, True, now)
    chat = unknown(tenant.id, desk.sender)
    said = Message(id=new_id(), tenant_id=tenant.id, chat_id=chat.id, direction="in", kind="text", text="& hi", at=now)
    await Message.of(tenant.id).insert(said)
    data = await desk.my_data("m1", now)
    assert (data.people, data.messages, data.number) == ((NAME,), 1, "919876543210")
    return desk, urlsplit(data.url).path


def browser() -> httpx.AsyncClient:
    app = Starlette(routes=my_data.ROUTES)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://desk.example")


async def test_looking_opens_nothing_and_opening_opens_once(database: Any) -> None:
    _, path = await asked()
    async with browser() as client:
        for _ in range(3):
            looked = await client.get(path)
            assert (looked.status_code, "<form method=post>" in looked.text) == (200, True)
            assert "Ray" not in looked.text
        opened = await client.post(path)
        assert opened.status_code == 200
        assert "Ann &lt;b&gt;Ray&lt;/b&gt;" in opened.text
        assert "<b>Ray" not in opened.text
        assert "&amp; hi" in opened.text
        assert opened.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in opened.headers["content-security-policy"]
        assert [(await client.request(method, path)).status_code for method in ("GET", "POST")] == [404, 404]


async def test_the_link_says_nothing_and_is_not_stored(database: Any) -> None:
    desk, path = await asked()
    token = path.rpartition("/")[2]
    (link,) = await DataLink.of(desk.tenant_id).find({})
    assert desk.sender.user_id not in path
    assert "98765" not in path
    assert token.partition(".")[2] not in repr(link.model_dump())


@pytest.mark.parametrize("wrong", ["nonsense", "a.b", "", ".", "%00", "x" * 5000])
async def test_another_link_opens_nothing(database: Any, wrong: str) -> None:
    _, path = await asked()
    guess = path.partition(".")[0] + "." + "A" * 43
    async with browser() as client:
        for tried in (f"/my-data/{wrong}", guess):
            assert (await client.post(tried)).status_code in (404, 405)


async def test_it_grows_old(database: Any) -> None:
    _, path = await asked()
    token = path.rpartition("/")[2]
    now = clock.now()
    assert await data_link.look(token, now + timedelta(minutes=14))
    with pytest.raises(Exception, match="no such record"):
        await data_link.open_once(token, now + timedelta(minutes=16))


async def test_the_same_message_again_makes_one_link_that_is_good(database: Any) -> None:
    desk, path = await asked()
    again = urlsplit((await desk.my_data("m1", clock.now())).url).path
    async with browser() as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.post(again)).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_has_its_words(database: Any, language: str) -> None:
    _, path = await asked(language)
    async with browser() as client:
        opened = (await client.post(path)).text
    words = my_data.words_of(language)
    assert set(words) == set(my_data.words_of("en"))
    assert words["title"] in opened
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in opened
