"""Twilio's webhooks at our door: proven by the package's own signatures, stored once, and kept on disk while Redis is
away."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from redis.exceptions import ConnectionError as Unreachable
from twilio.request_validator import RequestValidator

from bot.bot import AtTwilio
from bot.channels.directory import Directory
from bot.payload import Item, Received, StatusUpdate
from bot.twilio import spool as spools
from bot.twilio.receive import EMPTY
from bot.twilio.spool import Spool, Spooled, SpoolFull
from tests.bot.twilio_world import ADDRESS, SENDER, TWILIO, find_too, form, post, receiver, signed, told
from tests.bot.world import SECRET, VERIFY, World, message, status, webhook

STATUS = "/webhooks/twilio/status?id=o.0.chat.x.0"


class Taker:
    """Stores, or cannot."""

    def __init__(self) -> None:
        self.taken: list[Item] = []
        self.away = False

    async def __call__(self, items: list[Item]) -> None:
        if self.away:
            raise Unreachable("gone")
        self.taken += items

    @property
    def texts(self) -> list[str]:
        return [item.inbound.text for item in self.taken if isinstance(item, Received)]


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.fixture
def taker() -> Taker:
    return Taker()


@pytest_asyncio.fixture
async def client(taker: Taker, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = receiver(taker, tmp_path)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as http:
        yield http


GOOD: list[dict[str, str]] = [
    form("hi"),
    form(""),
    form("ñ é 👍 नमस्ते مرحبا"),
    form("a+b &=% c"),
    form("hi", MediaUrl0="", MediaContentType0="", Novelty="", ButtonText=""),
    form("hi", ChannelMetadata='{"type":"whatsapp","data":{"context":{}}}'),
]


@pytest.mark.parametrize("given", GOOD)
async def test_a_signed_form_is_taken(client: httpx.AsyncClient, taker: Taker, given: dict[str, str]) -> None:
    answer = await post(client, given)
    assert (answer.status_code, answer.content) == (200, EMPTY)
    assert taker.texts == [given["Body"]]


async def test_what_is_sent_twice_is_signed_twice(client: httpx.AsyncClient, taker: Taker) -> None:
    pairs = [*form("hi").items(), ("Tag", "b"), ("Tag", "a")]
    text = f"{ADDRESS}/webhooks/twilio" + "".join(f"{name}{value}" for name, value in sorted(pairs))
    import base64
    import hashlib
    import hmac

    signature = base64.b64encode(hmac.new(b"auth-token", text.encode(), hashlib.sha1).digest()).decode()
    answer = await client.post(
        "/webhooks/twilio", content=urlencode(pairs),
        headers={"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert (answer.status_code, taker.texts) == (200, ["hi"])


GIVEN = form("hi")
BAD: list[dict[str, Any]] = [
    {"x_twilio_signature": ""},
    {"x_twilio_signature": "AAAA"},
    {"x_twilio_signature": signed("/webhooks/twilio", GIVEN, token="another")},
    {"x_twilio_signature": signed("/webhooks/twilio", GIVEN, address="http://desk.example")},
    {"x_twilio_signature": signed("/webhooks/twilio", GIVEN, address="http://127.0.0.1:8000")},
    {"x_twilio_signature": signed("/webhooks/twilio/", GIVEN)},
    {"x_twilio_signature": signed("/webhooks/twilio?x=1", GIVEN)},
    {"x_twilio_signature": signed("/webhooks/twilio", {k: v for k, v in GIVEN.items() if v})[::-1]},
    {"x_twilio_webhooks_signature_settings": "key=k,algorithm=HMAC_SHA256"},
    {"x_twilio_webhooks_signature_settings": "key=k,algorithm=NONE"},
]


@pytest.mark.parametrize("headers", BAD)
async def test_a_wrong_signature_is_refused(
    client: httpx.AsyncClient, taker: Taker, tmp_path: Path, headers: dict[str, str]
) -> None:
    assert (await post(client, GIVEN, **headers)).status_code == 401
    assert (taker.taken, files(tmp_path)) == ([], [])


@pytest.mark.parametrize("changed", [{"To": "whatsapp:+1999"}, {"AccountSid": "ACother"}, {"To": "100000000000009"}])
async def test_only_our_own_numbers_are_written_to(
    client: httpx.AsyncClient, taker: Taker, changed: dict[str, str]
) -> None:
    assert (await post(client, form("hi", **changed))).status_code == 401
    assert taker.taken == []


async def test_the_newer_header_is_checked_with_the_shared_key(client: httpx.AsyncClient, taker: Taker) -> None:
    given = form("hi")
    signature = RequestValidator(TWILIO.shared_key).compute_signature(
        f"{ADDRESS}/webhooks/twilio", given, algorithm="HMAC_SHA256"
    )
    headers = {
        "x_twilio_signature": signature, "x_twilio_webhooks_signature_settings": "key=k1,algorithm=HMAC_SHA256",
    }  # fmt: skip
    assert (await post(client, given, **headers)).status_code == 200
    assert (await post(client, given, **headers | {"x_twilio_signature": signature[::-1]})).status_code == 401
    assert len(taker.taken) == 1


@pytest.mark.parametrize(("method", "kind", "answer"), [("GET", "", 405), ("POST", "application/json", 415)])
async def test_what_is_no_form_is_refused(client: httpx.AsyncClient, method: str, kind: str, answer: int) -> None:
    asked = await client.request(method, "/webhooks/twilio", headers={"content-type": kind} if kind else {})
    assert asked.status_code == answer


async def test_a_status_brings_back_our_own_id(client: httpx.AsyncClient, taker: Taker) -> None:
    given = told("SM9", "undelivered", ErrorCode="63024", ErrorMessage="Invalid")
    assert (await post(client, given, STATUS)).status_code == 200
    (found,) = taker.taken
    assert isinstance(found, StatusUpdate)
    assert (found.outbox_id, found.status, found.code, found.phone_number_id) == (
        "o.0.chat.x.0", "failed", 63024, SENDER,
    )  # fmt: skip
    assert (await post(client, told("SM9", "queued"), STATUS)).status_code == 200
    assert len(taker.taken) == 1
    forged = await post(client, given, STATUS, x_twilio_signature=signed("/webhooks/twilio/status?id=o.0.y.x.0", given))
    assert forged.status_code == 401


# while Redis is away


async def test_what_comes_while_redis_is_away_is_taken_later_in_its_order(taker: Taker, tmp_path: Path) -> None:
    app = receiver(taker, tmp_path)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        taker.away = True
        for text in ("one", "two"):
            assert (await post(client, form(text))).status_code == 200
        assert (await post(client, form("no"), x_twilio_signature="AA")).status_code == 401, "forged, not kept"
        taker.away = False
        assert (await post(client, form("three"))).status_code == 200
        assert taker.texts == [], "it waits behind the others"
        assert await app.spool.drain(app._again) == 3
        assert taker.texts == ["one", "two", "three"]
        assert (await post(client, form("four"))).status_code == 200
        assert taker.texts[-1] == "four"
        assert await app.spool.drain(app._again) == 0


async def test_while_the_database_is_away_too_it_is_proven_later(taker: Taker, tmp_path: Path) -> None:
    away = [True]

    async def find(name: str) -> Any:
        if away[0]:
            raise ConnectionError
        return await find_too(name)

    app = receiver(taker, tmp_path)
    app.numbers = Directory(find)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        assert (await post(client, form("hi"))).status_code == 200
        assert (await post(client, form("forged"), x_twilio_signature="AA")).status_code == 200
        away[0] = False
        assert await app.spool.drain(app._again) == 2
    assert taker.texts == ["hi"]


async def test_the_spool_empties_itself(taker: Taker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.twilio.receive.EVERY", 0.01)
    app = receiver(taker, tmp_path)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        taker.away = True
        await post(client, form("hi"))
        running = asyncio.create_task(app.run())
        await asyncio.sleep(0.05)
        taker.away = False
        async with asyncio.timeout(5):
            while not taker.taken:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        app.stop()
        await running
    assert taker.texts == ["hi"]


def spooled(text: str) -> Spooled:
    return Spooled("/webhooks/twilio", "", {}, text, 0.0)


async def drained(spool: Spool) -> list[str]:
    found: list[str] = []

    async def take(webhook: Spooled) -> None:
        found.append(webhook.body)

    await spool.drain(take)
    return found


KILLED = """
import asyncio, sys, time
from pathlib import Path
from bot.twilio.spool import Spool, Spooled
async def main():
    spool = Spool(Path(sys.argv[1]))
    for text in ("one", "two"):
        await spool.add(Spooled("/webhooks/twilio", "", {}, text, 0.0))
    print("kept", flush=True)
    time.sleep(60)
asyncio.run(main())
"""


async def test_a_file_that_another_process_has_just_taken_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(spooled("one").to_json())
    (tmp_path / "b.jsonl").write_bytes(spooled("two").to_json())
    taken: list[str] = []

    async def take(webhook: Spooled) -> None:
        (tmp_path / "a.jsonl").unlink(missing_ok=True)  # it had it open first
        taken.append(webhook.body)

    spool = Spool(tmp_path)
    await spool.drain(take)
    assert (len(taken), spool.waiting) == (2, False)


async def test_a_killed_process_leaves_its_spool_to_the_next(tmp_path: Path) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert other.stdout is not None
    assert await other.stdout.readline() == b"kept\n"
    spool = Spool(tmp_path)
    assert await drained(spool) == [], "it lives"
    other.kill()
    await other.wait()
    assert await drained(spool) == ["one", "two"]
    assert files(tmp_path) == []


async def test_a_line_cut_by_a_crash_was_never_answered(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(spooled("one").to_json() + spooled("two").to_json()[:-9])
    assert await drained(Spool(tmp_path)) == ["one"]


async def test_what_cannot_be_taken_stays(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    await spool.add(spooled("one"))

    async def refuse(_: Spooled) -> None:
        raise Unreachable("gone")

    with pytest.raises(Unreachable):
        await spool.drain(refuse)
    assert spool.waiting
    spool.close()
    assert await drained(spool) == ["one"]
    assert files(tmp_path) == []


async def test_a_full_spool_is_told_to_twilio(taker: Taker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "LARGEST", 900)
    app = receiver(taker, tmp_path)
    taker.away = True
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        answers = [(await post(client, form(f"{n}"))).status_code for n in range(3)]
        assert app.spool.waiting
        taker.away = False
        await app.spool.drain(app._again)
    assert answers == [200, 503, 503]
    assert taker.texts == ["0"]
    spool = Spool(tmp_path)
    with pytest.raises(SpoolFull):
        await spool.add(spooled("x" * 1000))
    spool.close()


# with the bot behind it


async def test_both_providers_at_one_door(world: World, tmp_path: Path) -> None:
    world.bot.numbers.find = find_too
    app = world.bot.webhook(world.app, SECRET, VERIFY, AtTwilio(ADDRESS, tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        given = form("from twilio", user="4470")
        for _ in range(2):
            assert (await post(client, given)).status_code == 200
        await world.say("from the cloud")
        await world.work()
        assert sorted(world.provider.texts) == ["1: from the cloud", "1: from twilio"]
        by_text = {sent.reply.text: sent for sent in world.provider.sent}
        assert by_text["1: from twilio"].number == SENDER
        reply = by_text["1: from twilio"]
        path = f"/webhooks/twilio/status?id={reply.id}"
        assert (await post(client, told("SMout", "read"), path)).status_code == 200
        assert (await client.get("/health")).status_code == 200
        cloud = webhook(messages=[message("hi")], statuses=[status(reply.id, "sent")])
        assert (await client.post("/webhooks/cloud", content=cloud)).status_code == 401
