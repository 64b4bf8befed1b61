"""One-time codes: nothing of them is stored, three tries whoever races, five minutes, and limits that hold."""

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from coded import SECRET, at_desk, code_for, number, strict
from practice import NOW
from pymongo.asynchronous.database import AsyncDatabase
from redis.asyncio import Redis

from clinic import identity, one_time_code
from clinic.chat import Chat
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.notification import Notification
from clinic.one_time_code import LIFETIME, TRIES, WINDOWS, CodeNeeded, NoWayToSend, OneTimeCode, TooManyCodes
from clinic.record import new_id
from clinic.sms_sender import SmsSender
from clinic.tenant import Tenant
from clinic.throttle import Throttle
from clinic.views import CodeView, Sender

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
NUMBER = "+919876543210"
PROCESSES = 4


async def ask(tenant_id: str, request_id: str = "", chat_id: str = "", **more: object) -> OneTimeCode:
    facts = {"number": NUMBER, "purpose": "identity", "language": "en", "now": NOW} | more
    return await one_time_code.ask(
        tenant_id, chat_id or new_id(), request_id=request_id or new_id(), secret_key=SECRET, **facts
    )  # type: ignore[arg-type]


def wrong(code: OneTimeCode) -> str:
    return "000000" if one_time_code.digits_of(SECRET, code.id) != "000000" else "111111"


async def test_only_a_keyed_hash_is_stored(database: object) -> None:
    code = await ask(new_id())
    digits = one_time_code.digits_of(SECRET, code.id)
    [row] = await OneTimeCode.of(code.tenant_id).rows()
    assert digits.isdigit()
    assert len(digits) == 6
    assert digits not in json.dumps(row, default=str)
    assert code.digest == one_time_code.digest_of(SECRET, code.id, digits)
    assert code.digest != one_time_code.digest_of("another key", code.id, digits), "without the key nobody can compare"
    assert one_time_code.digits_of("another key", code.id) != digits
    with pytest.raises(ValueError, match="secret key"):
        one_time_code.digits_of("", code.id)


async def test_codes_differ(database: object) -> None:
    drawn = {one_time_code.digits_of(SECRET, new_id()) for _ in range(200)}
    assert len(drawn) > 195


async def test_the_right_code(database: object) -> None:
    code = await ask(new_id())
    digits = one_time_code.digits_of(SECRET, code.id)
    after = await one_time_code.guess(code, wrong(code), "m1", SECRET, NOW)
    assert (after.state(NOW), after.left) == ("live", 2)
    after = await one_time_code.guess(after, digits, "m2", SECRET, NOW)
    assert (after.state(NOW), after.right_at) == ("right", NOW)


async def test_after_three_wrong_ones_the_right_one_is_wrong(database: object) -> None:
    code = await ask(new_id())
    for n in range(TRIES):
        code = await one_time_code.guess(code, wrong(code), f"m{n}", SECRET, NOW)
    assert code.state(NOW) == "spent"
    code = await one_time_code.guess(code, one_time_code.digits_of(SECRET, code.id), "m9", SECRET, NOW)
    assert (code.state(NOW), code.tried, code.right_at) == ("spent", TRIES, None)


async def test_after_five_minutes_it_is_over(database: object) -> None:
    code, late = await ask(new_id()), NOW + LIFETIME
    digits = one_time_code.digits_of(SECRET, code.id)
    after = await one_time_code.guess(code, digits, "m1", SECRET, late)
    assert (after.state(late), after.tried) == ("expired", 0)
    assert (await one_time_code.guess(code, digits, "m2", SECRET, late - timedelta(seconds=1))).right_at


async def test_the_same_message_again_is_the_same_try_and_the_same_code(database: object) -> None:
    tenant_id, chat_id = new_id(), new_id()
    code = await ask(tenant_id, "m0", chat_id)
    assert (await ask(tenant_id, "m0", chat_id)).id == code.id
    for _ in range(4):
        code = await one_time_code.guess(code, wrong(code), "m1", SECRET, NOW)
    assert (code.tried, [each.request_id for each in code.tries]) == (1, ["m1"])


async def test_four_processes_have_three_tries_in_all(
    database: AsyncDatabase[dict[str, object]], mongo_url: str
) -> None:
    code = await ask(new_id())
    path = os.pathsep.join((str(ROOT), str(HERE)))
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(HERE / "guesser.py"), mongo_url, database.name, code.tenant_id, code.id, SECRET,
            str(share), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        for share in range(PROCESSES)
    ]  # fmt: skip
    for process in started:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in started))
    assert all(process.returncode == 0 for process in started)
    left = [number for output, _ in outputs for number in json.loads(output)]
    after = await OneTimeCode.of(code.tenant_id).get(code.id)
    assert min(left) == 0
    assert (after.tried, len(after.tries)) == (TRIES, TRIES), "however many guess at once"
    assert len({each.request_id for each in after.tries}) == TRIES


async def test_the_database_bounds_codes_of_a_chat_and_of_a_number(database: object) -> None:
    tenant_id, chat_id, (_, hourly) = new_id(), new_id(), WINDOWS["hour"]
    asked = await asyncio.gather(
        *(ask(tenant_id, chat_id=chat_id, number=f"+9198765432{n:02}") for n in range(hourly + 4)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, OneTimeCode) for each in asked) == hourly
    assert sum(isinstance(each, TooManyCodes) for each in asked) == 4
    with pytest.raises(TooManyCodes):
        await ask(tenant_id, chat_id=chat_id)
    other = new_id()
    for _ in range(hourly):
        await ask(other)
    with pytest.raises(TooManyCodes):
        await ask(other)
    assert await ask(other, number="+15550000002")
    assert await ask(other, now=NOW + timedelta(hours=1))


async def test_and_those_of_a_day(database: object) -> None:
    tenant_id, chat_id, (_, daily) = new_id(), new_id(), WINDOWS["day"][0:2]
    start = NOW.replace(hour=1)
    for n in range(daily):
        await ask(tenant_id, chat_id=chat_id, now=start + timedelta(hours=n))
    with pytest.raises(TooManyCodes):
        await ask(tenant_id, chat_id=chat_id, now=start + timedelta(hours=daily))


# At the front desk


@pytest.mark.parametrize(
    ("policy", "asked"),
    [("none", set()), ("risky_steps", {"cancel", "move", "data"}), ("new_chat", {"cancel", "move", "data", "book"})],
)
async def test_where_the_policy_asks(database: object, policy: str, asked: set[str]) -> None:
    desk = await at_desk(await strict(policy))
    states = {step: (await desk.identity(step, NOW)).state for step in ("cancel", "move", "data", "book")}
    assert {step for step, state in states.items() if state != "fine"} == asked


async def test_never_where_no_number_is_known(database: object) -> None:
    practice = await strict("risky_steps")
    desk = await at_desk(practice, wa_id="")
    assert await desk.identity("cancel", NOW) == CodeView("no_number")
    await desk._checked("cancel", NOW)
    assert await desk.share_number("m1", f"+{number()}", NOW)
    assert (await desk.identity("cancel", NOW)).state == "none", "now there is one"


async def test_a_step_is_closed_until_the_code_was_right(database: object) -> None:
    practice = await strict("risky_steps")
    desk = await at_desk(practice)
    patient = (await desk.chat()).patients[0]
    slot = (await desk.slots(practice.wish(), NOW))[0]
    visit = await desk.book("b1", patient.id, practice.wish(), slot, "en", NOW)
    with pytest.raises(CodeNeeded):
        await desk.cancel("c1", visit.id, visit.version, "time", NOW)
    with pytest.raises(CodeNeeded):
        await desk.move("c2", visit.id, visit.version, practice.wish(), slot, NOW)
    sent = await desk.send_code("m1", "cancel", "en", NOW)
    assert (sent.state, sent.left, sent.number[:3]) == ("live", 3, "***")
    assert (await desk.try_code("m2", "cancel", await code_for(desk), NOW)).state == "right"
    again = FrontDesk(practice.id, desk.sender, secret_key=SECRET)
    assert (await again.identity("move", NOW)).state == "fine", "also in the next turn"
    assert (await again.cancel("c3", visit.id, visit.version, "time", NOW)).status == "cancelled"
    later = NOW + identity.GOOD_FOR + timedelta(seconds=1)
    assert (await again.identity("cancel", later)).state == "none", "a new one"


async def test_a_new_chat_shows_it_once(database: object) -> None:
    desk = await at_desk(await strict("new_chat"))
    await desk.send_code("m1", "book", "en", NOW)
    await desk.try_code("m2", "book", await code_for(desk), NOW)
    months = NOW + timedelta(days=90)
    assert (await desk.identity("book", months)).state == "fine"
    moved = FrontDesk(desk.tenant_id, Sender("IN.7", number()), secret_key=SECRET)
    await Chat.of(desk.tenant_id).change({"_id": (await desk._met()).chat.id}, {"$set": {"user_id": "IN.7"}})
    assert (await moved.identity("book", months)).state == "none", "another number has shown nothing"


async def test_a_replayed_message_sends_one_code_and_counts_one_try(database: object, redis: "Redis") -> None:
    practice = await strict("risky_steps")
    urgent: list[str] = []
    desk = await at_desk(practice, throttle=Throttle(redis), on_urgent=urgent.append)
    for _ in range(5):
        await desk.send_code("m1", "cancel", "en", NOW)
    assert len(set(urgent)) == 1
    assert (
        await Notification.of(practice.id).count(
            {"appointment_id": (await OneTimeCode.of(practice.id).rows())[0]["_id"]}
        )
        == 1
    )
    digits = await code_for(desk)
    bad = "000000" if digits != "000000" else "111111"
    left = [(await desk.try_code("m2", "cancel", bad, NOW)).left for _ in range(3)]
    assert left == [2, 2, 2]
    assert [(await desk.try_code("m3", "cancel", digits, NOW)).state for _ in range(2)] == ["right", "right"]


async def test_who_asks_too_often_waits(database: object, redis: "Redis") -> None:
    desk = await at_desk(await strict("risky_steps"), throttle=Throttle(redis))
    for n in range(3):
        await desk.send_code(f"m{n}", "cancel", "en", NOW)
    with pytest.raises(TooManyCodes):
        await desk.send_code("m4", "cancel", "en", NOW)
    await desk.send_code("m5", "cancel", "en", NOW + timedelta(minutes=2))
    other = await at_desk(await strict("risky_steps"), desk.sender.wa_id, throttle=Throttle(redis))
    await other.send_code("m1", "cancel", "en", NOW)


async def test_without_a_way_nothing_is_pretended(database: object) -> None:
    desk = await at_desk(await strict("risky_steps", template=False))
    with pytest.raises(NoWayToSend):
        await desk.send_code("m1", "cancel", "en", NOW)
    assert await OneTimeCode.of(desk.tenant_id).count({"request_id": "m1"}) == 0


async def test_text_messages_where_a_provider_is_connected(database: object) -> None:
    practice = await strict("risky_steps", template=False)
    await Tenant.itself().change({"_id": practice.id}, {"$set": {"notify_by": ["whatsapp", "sms"]}})
    DIRECTORIES.forget(practice.id)
    sender = {"number": f"+1{new_id()}", "account": "AC1", "access_token": "sealed"}
    await SmsSender.of(practice.id).insert(SmsSender(id=practice.id, tenant_id=practice.id, **sender))
    desk = await at_desk(practice)
    await desk.send_code("m1", "cancel", "en", NOW)
    [code] = await OneTimeCode.of(practice.id).rows()
    [promise] = await Notification.of(practice.id).find({"appointment_id": code["_id"]})
    assert (promise.kind, promise.channel, promise.purpose) == ("one_time_code@sms", "sms", "one_time_code")
