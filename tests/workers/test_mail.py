"""Mails to staff: sent once by a real SMTP conversation, tried again, given up; the mailbox page shows them."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope
from redis import Redis

from clinic import account, mail, membership
from clinic.mail import GIVEN_UP, LEASE, Mail
from clinic.record import new_id
from clinic.tenant import Tenant
from clinic.user import User
from simulator.app import create_app
from simulator.config import Config
from workers.context import Context
from workers.mail import deliver_mail, sweep_due
from workers.mail_words import WORDS, words
from workers.post import NotSent, Post, _server

SECRET = "the tests' own secret key, long enough"
NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
CONSOLE = "https://console.test"
SECOND = timedelta(seconds=1)


@dataclass
class Server:
    """An SMTP server that answers as told."""

    port: int = 0
    refusal: str = ""
    to_nobody: bool = False
    taken: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(self, _: Any, __: Any, envelope: Envelope, address: str, ___: Any) -> str:  # noqa: N802
        if self.to_nobody:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.refusal:
            return self.refusal
        self.taken.append(envelope)
        return "250 OK"


@asynccontextmanager
async def serving(**told: Any) -> AsyncIterator[Server]:
    server, loop = Server(**told), asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: SMTP(server, hostname="there", loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def worker(port: int, queue: "Redis") -> Context:
    async def nobody(_: str, __: str) -> Any:
        raise AssertionError("no provider is asked")

    return Context("worker", queue, nobody, Post(f"smtp://127.0.0.1:{port}", "desk@practice.test", CONSOLE, SECRET))


async def invited(language: str = "en", name: str = "Meera") -> tuple[User, str]:
    """Somebody invited, and the mail that tells them."""
    tenant = Tenant(mail_id=new_id(), name="Asha\nClinics")
    await tenant.add()
    user = await membership.invite(tenant.id, f"{new_id()}@practice.test", name, [], NOW, language=language)
    return user, await account.mail_link(user, "invitation", SECRET, NOW)


async def stored(user: User, mail_id: str) -> Mail:
    return await Mail.of(user.tenant_id).get(mail_id)


@pytest.mark.parametrize("language", ["en", "hi", "ar", "xx"])
async def test_a_mail_leaves_once_and_its_link_works(database: object, queue_redis: "Redis", language: str) -> None:
    user, mail_id = await invited(language)
    simulator = create_app(Config(mail_port=0))
    transport = httpx.ASGITransport(simulator)
    async with simulator.state.mailbox.taking(0), httpx.AsyncClient(transport=transport, base_url="http://s") as page:
        context = worker(simulator.state.mailbox.port, queue_redis)
        await asyncio.gather(*(deliver_mail(mail_id, context, NOW) for _ in range(3)))
        await deliver_mail(mail_id, context, NOW + 2 * LEASE)
        (letter,) = (await page.get("/mailbox/letters", params={"to": user.email})).json()["letters"]
        assert letter["subject"] == words("invitation", language).subject.format(practice="Asha Clinics")
        assert (letter["to"], letter["sender"]) == ([user.email], "desk@practice.test")
        assert (await page.get(f"/mailbox/letters/{letter['id']}")).json() == letter
        assert (await page.get("/mailbox")).headers["content-type"].startswith("text/html")
        assert (await page.delete("/mailbox/letters")).status_code == 204
        assert (await page.get("/mailbox/letters")).json()["letters"] == []
        assert (await page.get("/mailbox/letters/1")).status_code == 404
    found = re.search(rf"{CONSOLE}/accept-invitation#(\S+)", letter["text"])
    assert found
    stored_user = await User.of(user.tenant_id).get(user.id)
    assert stored_user.link
    assert stored_user.link.fits("invitation", found[1].partition(".")[2], NOW)
    sent = await stored(user, mail_id)
    assert (sent.status, sent.token, sent.wake_at, sent.attempt) == ("sent", "", None, 1)


async def test_a_server_that_is_away_is_tried_again(database: object, queue_redis: "Redis") -> None:
    user, mail_id = await invited()
    await deliver_mail(mail_id, worker(1, queue_redis), NOW)
    waiting = await stored(user, mail_id)
    assert (waiting.status, waiting.error) == ("due", "SMTPConnectError")
    assert waiting.wake_at == NOW + timedelta(seconds=30)
    async with serving() as server:
        context = worker(server.port, queue_redis)
        await deliver_mail(mail_id, context, NOW + SECOND)
        assert not server.taken
        await sweep_due(context, NOW + timedelta(seconds=30))
        assert len([each for each in server.taken if each.rcpt_tos == [user.email]]) == 1
    assert (await stored(user, mail_id)).status == "sent"


async def test_it_is_given_up_after_a_day(database: object, queue_redis: "Redis") -> None:
    user, mail_id = await invited()
    now, attempts = NOW, 0
    while (waiting := await stored(user, mail_id)).wake_at:
        now = max(now, waiting.wake_at)
        await deliver_mail(mail_id, worker(1, queue_redis), now)
        attempts += 1
    assert waiting.status == "failed"
    assert waiting.token == ""
    assert now <= NOW + GIVEN_UP
    assert 20 < attempts < 40


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"refusal": "554 no thanks"}, "failed"),
        ({"refusal": "451 later"}, "due"),
        ({"to_nobody": True}, "failed"),
    ],
)
async def test_a_refusal_says_whether_to_try_again(
    database: object, queue_redis: "Redis", told: dict[str, Any], status: str
) -> None:
    user, mail_id = await invited()
    async with serving(**told) as server:
        await deliver_mail(mail_id, worker(server.port, queue_redis), NOW)
    assert (await stored(user, mail_id)).status == status


async def test_a_lost_worker_is_made_up_for(database: object, queue_redis: "Redis") -> None:
    user, mail_id = await invited()
    assert await mail.claim(mail_id, NOW)
    async with serving() as server:
        context = worker(server.port, queue_redis)
        await deliver_mail(mail_id, context, NOW + LEASE - SECOND)
        assert not server.taken
        await deliver_mail(mail_id, context, NOW + LEASE)
        assert len(server.taken) == 1
    assert (await stored(user, mail_id)).attempt == 2


async def test_without_a_server_or_with_another_key_nothing_leaves(database: object, queue_redis: "Redis") -> None:
    user, mail_id = await invited()
    context = worker(1, queue_redis)
    await deliver_mail(mail_id, Context("worker", queue_redis, context.provider), NOW)
    await sweep_due(Context("worker", queue_redis, context.provider), NOW)
    assert (await stored(user, mail_id)).status == "due"
    other = Post("smtp://127.0.0.1:1", "desk@practice.test", CONSOLE, "another key")
    await deliver_mail(mail_id, Context("worker", queue_redis, context.provider, other), NOW)
    assert ((await stored(user, mail_id)).status, (await stored(user, mail_id)).error) == ("failed", "seal_broken")


async def test_no_log_line_says_to_whom_or_what(
    database: object, queue_redis: "Redis", caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    user, mail_id = await invited()
    token = (await stored(user, mail_id)).link_token(SECRET)
    with caplog.at_level(logging.INFO):
        await deliver_mail(mail_id, worker(1, queue_redis), NOW)
        async with serving() as server:
            await deliver_mail(mail_id, worker(server.port, queue_redis), NOW + timedelta(minutes=1))
    told = capsys.readouterr()
    for secret in (user.email, token):
        assert secret not in "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")
        assert secret not in told.out + told.err


@pytest.mark.parametrize(
    ("url", "port", "use_tls", "start_tls"),
    [
        ("smtp://127.0.0.1:2525", 2525, False, None),
        ("smtp://mail.test", 587, False, None),
        ("smtp://user:p%40ss@mail.test", 587, False, True),
        ("smtps://user:p%40ss@mail.test", 465, True, False),
    ],
)
def test_a_password_travels_only_in_private(url: str, port: int, use_tls: bool, start_tls: bool | None) -> None:
    server = _server(url, "practice.test")
    assert (server.port, server.use_tls, server._start_tls_on_connect) == (port, use_tls, start_tls)
    assert server._login_password == ("p@ss" if "user" in url else None)


def test_every_language_says_everything() -> None:
    for kind, languages in WORDS.items():
        assert set(languages) == {"en", "hi", "es", "ar", "pt", "fr"}
        for said in languages.values():
            assert ("{link}" in said.body) is (kind in ("invitation", "reset"))
            assert ("{number}" in said.body and "{number}" in said.subject) is kind.startswith("number_")
            assert "{name}" in said.body
            assert "\n" not in said.subject


async def test_a_refusal_never_quotes_the_server(database: object) -> None:
    async with serving(refusal="554 <meera@practice.test> is unwelcome") as server:
        post = Post(f"smtp://127.0.0.1:{server.port}", "desk@practice.test", CONSOLE, SECRET)
        with pytest.raises(NotSent, match=r"^refused 554$"):
            await post.send(post.letter("meera@practice.test", "x", "y", NOW))
