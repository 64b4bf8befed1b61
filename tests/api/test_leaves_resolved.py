"""A leave through the API: who is hit, how much is resolved, by whom it may be begun, and seen by nobody else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from office import Office
from practice import open_practice

from clinic import booking, job
from clinic.appointment import Appointment
from clinic.audit import AuditEntry
from clinic.booking import Asker
from clinic.callback import Callback
from clinic.chat import Chat, Consent
from clinic.leave_answer import take
from clinic.leave_round import advance
from clinic.place import Clinic
from clinic.record import new_id

At = Callable[..., datetime]
WEEK = timedelta(days=6)


async def booked(office: Office, start: datetime) -> Appointment:
    """A visit of somebody who may be written to."""
    chat = Chat(tenant_id=office.tenant_id, user_id=new_id(), consent=Consent(version="1", given=True, at=start - WEEK))
    await Chat.of(office.tenant_id).insert(chat)
    practice = office.practice
    whom, asker = booking.For(new_id(), "Ann", chat.id, "en", is_new=True), practice.asker(staff=True)
    return await booking.book(await practice.directory(), practice.place(start), whom, asker, start - WEEK)


def wanted(office: Office, tomorrow_at: At, **more: Any) -> dict[str, Any]:
    """The morning of a day in a week."""
    start, end = tomorrow_at(9) + WEEK, tomorrow_at(13) + WEEK
    facts = {"doctor_id": office.practice.doctors[0].id, "start": start.isoformat(), "end": end.isoformat()}
    return {**facts, "reason": "a wedding", **more}


async def test_from_the_leave_to_its_last_patient(office: Office, tomorrow_at: At) -> None:
    await Clinic.of(office.tenant_id).change({}, {"$set": {"quiet_from": "00:00", "quiet_until": "00:00"}})
    visits = [await booked(office, tomorrow_at(hour) + WEEK) for hour in (9, 10, 11)]
    desk = office.as_("receptionist")
    answer = await desk.post("/leaves", json=wanted(office, tomorrow_at))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert [each["appointment_id"] for each in made["visits"]] == [each.id for each in visits]
    assert (made["counts"]["hit"], made["counts"]["found"], made["share"]) == (3, 3, 0)
    assert (job.RESOLVE_LEAVES, office.tenant_id) in office.jobs.asked
    now = tomorrow_at(0) - timedelta(hours=1)
    await advance(office.tenant_id, now)
    moved, _ = await take(visits[0], 0, 1, Asker("tap", "patient", "whatsapp"), now)
    cancelled = await desk.post(f"/appointments/{visits[1].id}/cancel", json={})
    assert cancelled.status_code == 200, cancelled.text
    shown = (await desk.get(f"/leaves/{made['id']}")).json()
    assert [each["status"] for each in shown["visits"]] == ["moved", "cancelled", "offered"]
    assert shown["visits"][0]["moved_to"] == moved.id
    assert (shown["counts"]["moved"], shown["counts"]["cancelled"], round(shown["share"], 2)) == (1, 1, 0.67)
    await advance(office.tenant_id, now + timedelta(days=2))
    shown = (await desk.get(f"/leaves/{made['id']}")).json()
    assert (shown["counts"]["to_call"], shown["visits"][2]["reason"]) == (1, "leave_silent")
    assert await Callback.of(office.tenant_id).count({"appointment_id": visits[2].id}) == 1
    actions = {each.action for each in await AuditEntry.of(office.tenant_id).find({"entity_id": made["id"]})}
    assert actions == {"create_leave"}


async def test_the_same_leave_twice_is_one(office: Office, tomorrow_at: At) -> None:
    await booked(office, tomorrow_at(9) + WEEK)
    desk = office.as_("manager")
    first, again = [await desk.post("/leaves", json=wanted(office, tomorrow_at)) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())
    listed = (await desk.get("/leaves")).json()
    assert [each["id"] for each in listed["items"]] == [first.json()["id"]]
    other = await desk.post("/leaves", json=wanted(office, tomorrow_at, end=(tomorrow_at(12) + WEEK).isoformat()))
    assert (other.status_code, other.json()["code"]) == (409, "overlaps")


async def test_a_leave_that_is_in_the_calendar_already(office: Office, tomorrow_at: At) -> None:
    await booked(office, tomorrow_at(9) + WEEK)
    desk = office.as_("manager")
    entered = (await desk.post("/exceptions", json=wanted(office, tomorrow_at, kind="leave"))).json()
    for _ in range(2):
        answer = await desk.post(f"/exceptions/{entered['id']}/resolve")
        assert (answer.status_code, answer.json()["counts"]["hit"]) == (200, 1)
        assert answer.json()["id"] == entered["id"]


async def test_withdrawn(office: Office, tomorrow_at: At) -> None:
    visit = await booked(office, tomorrow_at(9) + WEEK)
    desk = office.as_("manager")
    made = (await desk.post("/leaves", json=wanted(office, tomorrow_at))).json()
    now = tomorrow_at(0) - timedelta(hours=1)
    await advance(office.tenant_id, now)
    gone = await desk.delete(f"/leaves/{made['id']}")
    assert (gone.status_code, gone.json()["status"], gone.json()["start"]) == (200, "withdrawn", None)
    await advance(office.tenant_id, now)
    shown = (await desk.get(f"/leaves/{made['id']}")).json()
    assert (shown["counts"]["hit"], shown["counts"]["kept"], shown["share"]) == (0, 1, 1)
    assert await Appointment.of(office.tenant_id).find({"status": "waitlist"}) == []
    assert (await Appointment.of(office.tenant_id).get(visit.id)).status == "booked"


async def test_nobody_elses_leave(office: Office, tomorrow_at: At) -> None:
    made = (await office.as_("owner").post("/leaves", json=wanted(office, tomorrow_at))).json()
    other = office.as_("owner", tenant_id=(await open_practice()).id)
    for method, path in (("GET", f"/leaves/{made['id']}"), ("DELETE", f"/leaves/{made['id']}"),
                         ("POST", f"/exceptions/{made['id']}/resolve")):  # fmt: skip
        assert (await other.request(method, path)).status_code == 404, path
    assert (await other.get("/leaves")).json()["items"] == []
    foreign = await other.post("/leaves", json=wanted(office, tomorrow_at))
    assert foreign.status_code == 404


async def test_a_doctor_takes_no_leave_for_a_colleague(office: Office, tomorrow_at: At) -> None:
    mine = office.as_("doctor", doctor_id=office.practice.doctors[0].id)
    another = office.as_("doctor", doctor_id=new_id())
    assert (await another.post("/leaves", json=wanted(office, tomorrow_at))).status_code == 403
    assert (await mine.post("/leaves", json=wanted(office, tomorrow_at))).status_code == 201
    assert (await office.as_("nurse").post("/leaves", json=wanted(office, tomorrow_at))).status_code == 403
