"""The receiver: what is let in, what is kept, and what it answers when something is wrong with it or with us."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.receive import LARGEST, Refused, handshake, prove
from opdesk.stores import free_port, redis_command
from tests.bot.test_payload import FILES
from tests.bot.world import SECRET, VERIFY, World, button, message, signature, status, webhook

BODY = webhook(messages=[message("hi")])


async def counted(name: str, **labels: str) -> float:
    from prometheus_client import REGISTRY

    return REGISTRY.get_sample_value(name, labels) or 0.0


async def kept(redis: "Redis") -> list[bytes]:
    return [key for key in await redis.keys("*") if b"writer" not in key]


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"sha256=",
        b"sha1=abc",
        b"sha256=\xff\xfe",
        signature(BODY + b" ").encode(),
        signature(BODY, "another").encode(),
        signature(BODY).upper().encode(),
        signature(BODY).encode() + b"0",
        signature(BODY)[7:].encode(),
    ],
)
def test_a_wrong_signature_is_refused(given: bytes) -> None:
    with pytest.raises(Refused) as refused:
        prove(SECRET.encode(), BODY, given)
    assert refused.value.status == 401


def test_the_right_signature_is_that_of_the_raw_bytes() -> None:
    prove(SECRET.encode(), BODY, signature(BODY).encode())
    escaped = json.dumps({"name": "Ñandú 👍"}).replace("/", "\\/").encode()
    prove(SECRET.encode(), escaped, signature(escaped).encode())


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (f"hub.mode=subscribe&hub.verify_token={VERIFY}&hub.challenge=77", b"77"),
        (f"hub.mode=subscribe&hub.verify_token={VERIFY}&hub.challenge=%3Cb%3E", b"<b>"),
        ("hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=77", None),
        (f"hub.mode=unsubscribe&hub.verify_token={VERIFY}&hub.challenge=77", None),
        ("hub.mode=subscribe&hub.verify_token=%ff%fe&hub.challenge=77", None),
        ("", None),
    ],
)
def test_the_handshake(query: str, answer: bytes | None) -> None:
    if answer is None:
        with pytest.raises(Refused):
            handshake(query.encode(), VERIFY.encode())
    else:
        assert handshake(query.encode(), VERIFY.encode()) == answer


async def test_the_handshake_over_http(world: World) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
    right = await world.client.get("/webhooks/cloud", params=asked)
    wrong = await world.client.get("/webhooks/cloud", params=asked | {"hub.verify_token": "x"})
    assert (right.status_code, right.text) == (200, "1158201444")
    assert (wrong.status_code, wrong.text) == (403, "")


async def test_a_message_is_stored_before_it_is_accepted(world: World, redis: "Redis") -> None:
    assert (await world.post(BODY)).status_code == 200
    assert any(b":in:q:" in key for key in await kept(redis))


@pytest.mark.parametrize(
    ("body", "headers", "code", "reason"),
    [
        (BODY, {"x_hub_signature_256": "sha256=00"}, 401, "signature"),
        (BODY, {"content_type": "text/plain"}, 415, "content"),
        (BODY, {"content_type": "multipart/form-data; boundary=x"}, 415, "content"),
        (BODY, {"content_encoding": "gzip"}, 415, "content"),
        (b" " * (LARGEST + 1), {}, 413, "size"),
    ],
    ids=["signature", "text", "form", "gzip", "size"],
)
async def test_what_is_refused_is_counted_and_not_kept(
    world: World, redis: "Redis", body: bytes, headers: dict[str, str], code: int, reason: str
) -> None:
    before = await counted("opdesk_webhooks_refused_total", reason=reason)
    assert (await world.post(body, **headers)).status_code == code
    assert await counted("opdesk_webhooks_refused_total", reason=reason) == before + 1
    assert await kept(redis) == []


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"]
)
async def test_json_by_any_of_its_names_is_taken(world: World, kind: str) -> None:
    assert (await world.post(BODY, content_type=kind)).status_code == 200


async def test_a_body_without_a_length_is_read_no_further_than_the_limit(world: World, redis: "Redis") -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        while read < LARGEST * 4:
            read += 65536
            yield b" " * 65536

    headers = {"content-type": "application/json", "x-hub-signature-256": "sha256=0"}
    answer = await world.client.post("/webhooks/cloud", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert read <= LARGEST + 2 * 65536
    assert await kept(redis) == []


async def test_other_methods_are_told_which_there_are(world: World) -> None:
    answer = await world.client.put("/webhooks/cloud", content=BODY)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_a_caller_who_hangs_up_gets_no_answer_and_leaves_nothing(world: World, redis: "Redis") -> None:
    said: list[Any] = []
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(parts)

    async def send(part: Any) -> None:
        said.append(part)

    scope = {"type": "http", "path": "/webhooks/cloud", "method": "POST", "headers": [], "query_string": b""}
    await world.app(scope, receive, send)
    assert said == []
    assert await kept(redis) == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"object":"page"}', b"\xff"])
async def test_rightly_signed_and_malformed_is_accepted_and_kept_for_an_operator(world: World, body: bytes) -> None:
    assert (await world.post(body)).status_code == 200
    await world.bot.writer.write_all()
    assert [entry.fields["raw"] for entry in world.shelf.quarantined] == [body]


async def test_a_message_for_an_unknown_number_is_kept_for_an_operator(world: World) -> None:
    assert (await world.post(webhook("4711", messages=[message("lost")]))).status_code == 200
    await world.bot.writer.write_all()
    (entry,) = world.shelf.quarantined
    assert entry.fields["about"] == b"unknown number"
    assert b"lost" in entry.fields["raw"]


async def test_account_events_are_kept(world: World) -> None:
    change = {"field": "account_update", "value": {"event": "DISABLED_UPDATE"}}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "77", "changes": [change]}]}).encode()
    assert (await world.post(body)).status_code == 200
    await world.bot.writer.write_all()
    (entry,) = world.shelf.news
    assert (entry.fields["account"], entry.fields["about"]) == (b"77", b"account_update")
    assert json.loads(entry.fields["raw"]) == change


async def test_one_broken_message_does_not_spoil_the_batch(world: World) -> None:
    body = webhook(messages=[message("one", user="7"), {"id": 1}, message("two", user="8")], statuses=[{}])
    assert (await world.post(body)).status_code == 200
    await world.work()
    await world.bot.writer.write_all()
    assert sorted(world.provider.texts) == ["1: one", "1: two"]
    assert len(world.shelf.quarantined) == 2


async def test_a_thousand_messages_in_one_webhook(world: World) -> None:
    body = webhook(messages=[button(f"m{n}", user=str(n % 40)) for n in range(1000)])
    assert (await world.post(body)).status_code == 200
    await world.work(30)
    assert len(world.echo.turns) == 1000


async def test_while_the_store_of_numbers_is_away_meta_is_asked_to_come_again(world: World) -> None:
    async def away(_: str) -> None:
        raise ConnectionError

    world.bot.numbers.find, find = away, world.bot.numbers.find
    assert (await world.post(BODY)).status_code == 503
    world.bot.numbers.find = find
    assert (await world.post(BODY)).status_code == 200
    world.bot.numbers.find = away
    assert (await world.post(webhook(messages=[message("again")]))).status_code == 200, "a known number stays known"


async def test_redis_goes_and_comes_back(world: World, tmp_path: Any) -> None:
    port = free_port()

    async def start() -> asyncio.subprocess.Process:
        quiet = asyncio.subprocess.DEVNULL
        server = await asyncio.create_subprocess_exec(*map(str, redis_command(tmp_path, port)), stdout=quiet)
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return server
        raise AssertionError("redis does not start")

    from bot.pipeline import connect

    coalesced = world.bot.lanes.redis
    before, coalesced.redis = coalesced.redis, connect(f"redis://127.0.0.1:{port}/0", patience=0.5)
    try:
        server = await start()
        assert (await world.post(BODY)).status_code == 200
        server.kill()
        await server.wait()
        assert (await world.post(webhook(messages=[message("lost?")]))).status_code == 503
        server = await start()
        assert (await world.post(webhook(messages=[button("back")]))).status_code == 200
        assert (await world.post(BODY)).status_code == 200
        await world.work()
        assert world.provider.texts == ["1: hi", "2: back"], (
            "what was accepted outlives Redis, and its duplicate is known"
        )
        server.kill()
        await server.wait()
    finally:
        await coalesced.finish()
        await coalesced.redis.aclose()
        coalesced.redis = before


async def test_the_other_pages(world: World) -> None:
    assert (await world.client.get("/health")).json() == {"status": "alive"}
    assert (await world.client.get("/ready")).json() == {"status": "ready"}
    assert "opdesk_messages_accepted" in (await world.client.get("/metrics")).text
    assert (await world.client.get("/visits/unknown.ics")).status_code == 404
    assert (await world.client.get("/webhooks/other")).status_code == 404


# Mutations of real payloads, rightly signed: whatever Meta, or somebody with its secret, may send.
PAYLOADS = [json.loads(file.read_text())["payload"] for file in FILES]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "messages", {}, []])
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a payload."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A payload with another value at one place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    payload = draw(st.sampled_from(PAYLOADS))
    for _ in range(draw(st.integers(1, 3))):
        payload = changed(payload, draw(st.sampled_from(places(payload))), draw(SCALARS))
    body = json.dumps(payload).encode()
    return draw(st.sampled_from([body, body[: len(body) // 2], body.replace(b'"', b"'"), body.upper()]))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=mutations())
async def test_no_signed_body_is_ever_an_error_of_ours(world: World, body: bytes) -> None:
    answer = await world.post(body)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_statuses_of_strangers_do_no_harm(world: World) -> None:
    marks = ["", "o", "o.9999.x.y.0", "o.-1.x.y.0", "o.²._._._", "n.1.1", "*" * 512]
    body = webhook(statuses=[status(mark, "sent", wamid=f"w{n}") for n, mark in enumerate(marks)])
    assert (await world.post(body)).status_code == 200
    await world.bot.writer.write_all()
    assert sorted(told.id for told in world.shelf.late) == sorted(marks)
