"""The ledger through the API: what arrived, why not, how a day went, and sending again."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from office import Office

from clinic import erasure_told, notification, resend
from clinic.appointment import Appointment
from clinic.callback import Attempt, Callback, open_card
from clinic.chat import Chat
from clinic.delivery import StatusChange
from clinic.delivery_reasons import BY_CODE, BY_WORD, UNKNOWN, reason_of
from clinic.directory import DIRECTORIES
from clinic.erasure import Erasure
from clinic.job import SEND_PROMISE
from clinic.notification import Notification
from clinic.place import Clinic
from clinic.record import new_id
from workers.escalate import hand_on

Make = Callable[..., Awaitable[Notification]]


@pytest.fixture
def make(office: Office, tomorrow_at: Callable[..., datetime]) -> Make:
    """A visit of tomorrow at nine, and a promise about it that stands as told."""

    async def made(*, visit: dict[str, Any] | None = None, **facts: Any) -> Notification:
        start = tomorrow_at(9)
        booked = Appointment(
            tenant_id=office.tenant_id, clinic_id=office.practice.clinic.id, doctor_id=office.practice.doctors[0].id,
            service_id=office.practice.services[0].id, patient_id=new_id(), request_id=new_id(),
            **{"start": start, "end": start + timedelta(minutes=30), **(visit or {})},
        )  # fmt: skip
        await Appointment.of(office.tenant_id).insert(booked)
        told = {"kind": "confirmation", "status": "failed", "status_rank": 9, "error": "permanent 131026", **facts}
        promise = Notification(
            tenant_id=office.tenant_id, appointment_id=booked.id, clinic_id=booked.clinic_id, start_version=0,
            chat_id=new_id(), language="en", **{"due_at": tomorrow_at(7), **told},
        )  # fmt: skip
        await Notification.of(office.tenant_id).insert(promise)
        return promise

    return made


async def good(answer: Any) -> Any:
    came = await answer
    assert came.status_code == 200, came.text
    return came.json()


async def ids(office: Office, role: str = "receptionist", clinic_id: str = "", **params: Any) -> set[str]:
    answer = await good(office.as_(role, clinic_id=clinic_id).get("/notifications", params=params))
    return {each["id"] for each in answer["items"]}


async def test_the_ledger_is_searched(office: Office, make: Make, tomorrow_at: Callable[..., datetime]) -> None:
    failed = await make()
    read = await make(kind="reminder:24h", status="read", error="")
    by_sms = await make(kind="reminder:24h@sms", status="withdrawn", error="moved")
    soon = await make(kind="reminder_soon", status="due", error="", due_at=tomorrow_at(9) + timedelta(days=3))
    everything = {failed.id, read.id, by_sms.id, soon.id}
    day = tomorrow_at(9).date().isoformat()
    for query, found in (
        ({}, everything), ({"status": "failed"}, {failed.id}), ({"purpose": "reminder"}, {read.id, by_sms.id}),
        ({"appointment_id": read.appointment_id}, {read.id}), ({"reason": "131026"}, {failed.id}),
        ({"reason": "moved"}, {by_sms.id}), ({"reason": "13102"}, set()), ({"date": day}, everything - {soon.id}),
        ({"clinic_id": office.practice.clinic.id, "purpose": "confirmation"}, {failed.id}),
    ):  # fmt: skip
        assert await ids(office, **query) == found, query


async def test_one_is_shown_with_its_reason_in_a_sentence(office: Office, make: Make) -> None:
    shown = await good(office.as_("receptionist").get(f"/notifications/{(await make()).id}"))
    assert shown["reason"] == {"code": "131026", "says": BY_CODE[131026]}
    assert (shown["purpose"], shown["status"]) == ("confirmation", "failed")


async def test_delivery_and_reading_are_followed(office: Office, make: Make) -> None:
    promise = await make(status="accepted", status_rank=2, error="", attempt=1)
    at = datetime.now(UTC).replace(microsecond=0)
    for minute, status in enumerate(("sent", "delivered", "read")):
        change = StatusChange(
            office.tenant_id,
            status,
            at + timedelta(minutes=minute),
            f"n.{promise.id}.1",
            pricing={"category": "utility"},
        )
        await notification.apply_statuses([change])
    shown = await good(office.as_("receptionist").get(f"/notifications/{promise.id}"))
    times = [datetime.fromisoformat(shown[f"{status}_at"]) for status in ("sent", "delivered", "read")]
    assert times == [at, at + timedelta(minutes=1), at + timedelta(minutes=2)]
    assert (shown["status"], shown["category"]) == ("read", "utility")


async def test_a_day_is_counted(office: Office, make: Make, tomorrow_at: Callable[..., datetime]) -> None:
    await make()
    await make(kind="reminder:24h", status="read", error="")
    await make(kind="reminder:2h", status="read", error="")
    day = tomorrow_at(9).date().isoformat()
    counts = await good(office.as_("receptionist").get("/notifications/counts", params={"date": day}))
    assert counts["total"] == {"failed": 1, "read": 2}
    assert counts["by_purpose"] == {"confirmation": {"failed": 1}, "reminder": {"read": 2}}
    elsewhere = office.as_("receptionist", clinic_id="another")
    assert (await good(elsewhere.get("/notifications/counts", params={"date": day})))["total"] == {}


async def test_what_failed_is_sent_again_once(office: Office, make: Make) -> None:
    promise = await make(attempt=1)
    client = office.as_("receptionist")
    again = await good(client.post(f"/notifications/{promise.id}/retry"))
    assert (again["status"], again["reason"]) == ("due", None)
    assert office.jobs.asked == [(SEND_PROMISE, promise.id)]
    second = await client.post(f"/notifications/{promise.id}/retry")
    assert (second.status_code, second.json()["code"]) == (409, "not_failed")
    [claimed] = await notification.claim([promise.id], "worker", datetime.now(UTC) + timedelta(seconds=1))
    assert claimed.attempt == 2
    late = StatusChange(office.tenant_id, "failed", datetime.now(UTC), f"n.{promise.id}.1", error="131026")
    assert await notification.apply_statuses([late]) == []  # of the attempt before: it says nothing about this one


async def test_its_card_is_closed_and_a_new_failure_opens_another(office: Office, make: Make) -> None:
    promise = await make(attempt=1)
    now = datetime.now(UTC)
    await hand_on(promise, promise.error, now)
    await good(office.as_("receptionist", user_id="u1").post(f"/notifications/{promise.id}/retry"))
    (card,) = await Callback.of(office.tenant_id).find()
    assert (card.status, card.resolution, card.resolved_by) == ("done", "helped", "u1")
    failed = await Notification.of(office.tenant_id).get(promise.id)
    assert not failed.handed_on
    for _ in range(2):
        await hand_on(failed, "permanent 131026", now)
    assert sorted(each.status for each in await Callback.of(office.tenant_id).find()) == ["done", "open"]


async def test_a_card_that_says_more_stays_open(office: Office, make: Make) -> None:
    promise = await make(attempt=1)
    now = datetime.now(UTC)
    await hand_on(promise, promise.error, now)
    more = Callback(
        tenant_id=office.tenant_id, request_id=new_id(), reason="asked", chat_id=promise.chat_id, created_at=now,
        due_at=now,
    )  # fmt: skip
    await open_card(more)
    await good(office.as_("receptionist").post(f"/notifications/{promise.id}/retry"))
    assert [each.status for each in await Callback.of(office.tenant_id).find()] == ["open"]


async def test_doctors_see_their_own_where_the_clinic_says_so(office: Office, make: Make) -> None:
    mine = await make(doctor_id=office.practice.doctors[0].id)
    own = office.as_("doctor", doctor_id=office.practice.doctors[0].id)
    colleague, desk = office.as_("doctor", doctor_id=new_id()), office.as_("receptionist", doctor_id=new_id())
    assert (await colleague.get(f"/notifications/{mine.id}")).status_code == 200
    place = {"_id": office.practice.clinic.id}
    await Clinic.of(office.tenant_id).change(place, {"$set": {"doctors_see_own_only": True}})
    DIRECTORIES.forget(office.tenant_id)
    day = {"date": mine.due_at.date().isoformat()}
    for client, found in ((own, True), (desk, True), (colleague, False)):
        assert (await client.get(f"/notifications/{mine.id}")).status_code == (200 if found else 404)
        assert bool((await good(client.get("/notifications")))["items"]) is found
        assert bool((await good(client.get("/notifications/counts", params=day)))["total"]) is found


REFUSED = [
    ("on its way", {"status": "accepted"}, {}, "not_failed"),
    ("arrived", {"status": "read"}, {}, "not_failed"),
    ("taken back", {"status": "withdrawn"}, {}, "not_failed"),
    ("cancelled since", {}, {"status": "cancelled"}, "nothing_to_tell"),
    ("moved since", {}, {"start_version": 1}, "nothing_to_tell"),
    ("not cancelled", {"kind": "cancelled"}, {}, "nothing_to_tell"),
    ("over", {}, {"start": datetime(2027, 1, 1, tzinfo=UTC) - timedelta(days=400)}, "nothing_to_tell"),
]


@pytest.mark.parametrize(("facts", "visit", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_makes_no_sense_is_not_sent_again(
    office: Office, make: Make, facts: dict[str, Any], visit: dict[str, Any], code: str
) -> None:
    promise = await make(visit=visit, **facts)
    answer = await office.as_("receptionist").post(f"/notifications/{promise.id}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert office.jobs.asked == []


async def test_a_cancellation_is_told_again_while_the_time_is_ahead(office: Office, make: Make) -> None:
    promise = await make(kind="cancelled", visit={"status": "cancelled"})
    assert (await good(office.as_("receptionist").post(f"/notifications/{promise.id}/retry")))["status"] == "due"


NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
LATER = [
    # name, the promise, for how long it is due, its visit, the sentence of a refusal or nothing
    ("how it was", {"kind": "satisfaction"}, HOUR, {"status": "fulfilled"}, ""),
    ("missed", {"kind": "no_show"}, HOUR, {"status": "noshow"}, ""),
    ("mark taken back", {"kind": "satisfaction"}, HOUR, {"status": "arrived"}, resend.UNMARKED),
    ("long ago", {"kind": "satisfaction"}, 13 * HOUR, {"status": "fulfilled"}, resend.TOO_LATE),
    ("a turn", {"kind": "leave_home"}, HOUR / 6, {"status": "booked"}, ""),
    ("a turn that is past", {"kind": "come_in"}, HOUR, {"status": "checked-in"}, resend.TOO_LATE),
    ("a turn of nobody", {"kind": "come_in"}, 0 * HOUR, {"status": "fulfilled"}, resend.MOVED_ON),
    ("a code", {"kind": "one_time_code"}, 0 * HOUR, {}, resend.CODE),
]


@pytest.mark.parametrize(("facts", "due", "visit", "says"), [row[1:] for row in LATER], ids=[row[0] for row in LATER])
async def test_what_is_about_no_visit_ahead_is_sent_again_while_it_makes_sense(
    office: Office, make: Make, facts: dict[str, Any], due: timedelta, visit: dict[str, Any], says: str
) -> None:
    now = datetime.now(UTC)
    past = {"start": now - 2 * HOUR, "end": now - HOUR}
    promise = await make(visit={**past, **visit}, due_at=now - due, **facts)
    answer = await office.as_("receptionist").post(f"/notifications/{promise.id}/retry")
    assert (answer.status_code, answer.json().get("detail", "")) == (409 if says else 200, says)
    assert bool(office.jobs.asked) is not bool(says)


async def patient_chat(office: Office, **facts: Any) -> Chat:
    known = Chat(tenant_id=office.tenant_id, user_id=new_id(), channel_id=new_id(), language="en", **facts)
    await Chat.of(office.tenant_id).insert(known)
    return known


async def called(office: Office, *outcomes: datetime | None) -> Callback:
    """A card with so many calls, each with its next try."""
    card = Callback(
        tenant_id=office.tenant_id, request_id=new_id(), reason="asked", chat_id=(await patient_chat(office)).id,
        clinic_id=office.practice.clinic.id, created_at=NOW, due_at=NOW,
        attempts=[Attempt(by="u1", outcome="no_answer", at=NOW, next_try_at=at) for at in outcomes],
    )  # fmt: skip
    await Callback.of(office.tenant_id).insert(card)
    return card


async def missed(office: Office, card: Callback | Erasure, **facts: Any) -> Notification:
    """Word about a card, or about a decision, that failed."""
    told = {"kind": "call_missed", "status": "failed", "status_rank": 9, "error": "131026", "start_version": 1}
    promise = Notification(
        tenant_id=office.tenant_id, appointment_id=card.id, clinic_id=getattr(card, "clinic_id", ""),
        chat_id=card.chat_id, language="en", **{"due_at": NOW, **told, **facts},
    )  # fmt: skip
    await Notification.of(office.tenant_id).insert(promise)
    return promise


async def test_that_a_call_reached_nobody_is_told_again_until_the_next_call(office: Office) -> None:
    client = office.as_("receptionist")

    async def says(promise: Notification) -> str:
        return str((await client.post(f"/notifications/{promise.id}/retry")).json().get("detail", ""))

    card = await called(office, NOW + 2 * HOUR)
    assert await says(await missed(office, card)) == ""
    assert await says(await missed(office, await called(office, None), due_at=NOW - 7 * HOUR)) == resend.TOO_LATE
    assert await says(await missed(office, await called(office, NOW - HOUR))) == resend.TOO_LATE
    twice = await called(office, None, None)
    assert await says(await missed(office, twice)) == resend.OF_A_CALL["called_since"]
    await Callback.of(office.tenant_id).change({"_id": twice.id}, {"$set": {"status": "done"}})
    assert await says(await missed(office, twice, start_version=2)) == resend.OF_A_CALL["resolved"]
    assert await says(await missed(office, card.model_copy(update={"id": new_id()}))) == resend.GONE


async def test_a_decision_is_told_again_and_what_is_to_be_erased_waits_for_it(office: Office) -> None:
    known = await patient_chat(office)
    asked = Erasure(
        tenant_id=office.tenant_id, request_id=new_id(), chat_id=known.id, requested_at=NOW, due_at=NOW + 24 * HOUR,
        status="approved", told="nobody", erase_at=NOW,
    )  # fmt: skip
    await Erasure.of(office.tenant_id).insert(asked)
    promise = await missed(office, asked, kind="erasure_approved", start_version=0)
    path = f"/notifications/{promise.id}/retry"
    assert (await office.as_("receptionist", clinic_id=office.practice.clinic.id).post(path)).status_code == 404
    await good(office.as_("owner").post(path))
    assert (await Erasure.of(office.tenant_id).get(asked.id)).told == "template"
    assert await erasure_told.holds_up(asked, NOW)
    again = {"$set": {"status": "failed"}}
    await Notification.of(office.tenant_id).change({"_id": promise.id}, again)
    done = {"$set": {"status": "done"}, "$unset": {"erase_at": 1}}
    await Erasure.of(office.tenant_id).change({"_id": asked.id}, done)
    assert (await office.as_("owner").post(path)).json()["detail"] == resend.UNDECIDED


async def test_others_see_nothing_of_it(office: Office, make: Make) -> None:
    promise = await make()
    strangers = (office.as_("owner", tenant_id=new_id()), office.as_("receptionist", clinic_id="another"))
    for stranger in strangers:
        path = f"/notifications/{promise.id}"
        for answer in (await stranger.get(path), await stranger.post(f"{path}/retry")):
            assert answer.status_code == 404
    assert await ids(office, clinic_id="another") == set()
    assert await ids(office, clinic_id=office.practice.clinic.id) == {promise.id}


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        ("131026", "131026", BY_CODE[131026]),
        ("131026 Message undeliverable", "131026", BY_CODE[131026]),
        ("halt 131042", "131042", BY_CODE[131042]),
        ("halt 0", "halt", BY_WORD["halt"]),
        ("halt 60", "60", BY_WORD["halt"]),
        ("no_consent", "no_consent", BY_WORD["no_consent"]),
        ("permanent 999999", "999999", BY_WORD["permanent"]),
        ("999999 Strange", "999999", UNKNOWN),
        ("who knows", "who", UNKNOWN),
    ],
)
def test_a_reason_is_a_sentence(error: str, code: str, says: str) -> None:
    reason = reason_of(error)
    assert reason is not None
    assert (reason.code, reason.says) == (code, says)


def test_without_a_failure_there_is_no_reason() -> None:
    assert reason_of("") is None
