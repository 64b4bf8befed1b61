"""The booking form is switched on by the owner, and seen by whoever may see numbers. Its keys are seen by nobody."""

from datetime import UTC, datetime
from typing import Any

import pytest_asyncio
from office import Office

from clinic.booking_form import BookingForm, kept, learned
from clinic.job import PUBLISH_FORM, ROTATE_FORM_KEY
from clinic.record import new_id

NOW = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def form(office: Office) -> BookingForm:
    made = await kept(office.tenant_id, new_id(), "a secret key", NOW)
    return await learned(
        made, NOW, status="THROTTLED", flow_id="300000000000001", health={"ENDPOINT_LATENCY": "ACTIVATED"}
    )


async def good(answer: Any) -> Any:
    came = await answer
    assert came.status_code == 200, came.text
    return came.json()


async def test_switched_on_it_is_made_known_at_once(office: Office) -> None:
    owner = office.as_("owner")
    assert (await good(owner.get("/tenant")))["booking_form"] is False
    assert (await good(owner.patch("/tenant", json={"booking_form": True})))["booking_form"] is True
    assert office.jobs.asked == [(PUBLISH_FORM, office.tenant_id)]
    await good(owner.patch("/tenant", json={"booking_form": True, "media_days": 30}))
    assert len(office.jobs.asked) == 1
    assert (await good(owner.patch("/tenant", json={"booking_form": False})))["booking_form"] is False
    assert len(office.jobs.asked) == 1


async def test_how_it_stands(office: Office, form: BookingForm) -> None:
    shown = await good(office.as_("owner").get("/booking-forms"))
    [one] = shown["items"]
    assert (one["status"], one["flow_id"], one["health"]) == (
        "THROTTLED", "300000000000001", {"ENDPOINT_LATENCY": "ACTIVATED"}
    )  # fmt: skip
    assert await good(office.as_("owner").get(f"/booking-forms/{form.id}")) == one
    assert "key" not in str({name for name in one if name != "key_made_at"})
    assert form.private_key not in str(shown)


async def test_another_practices_form_does_not_exist(office: Office) -> None:
    other = await kept(new_id(), new_id(), "a secret key", NOW)
    owner = office.as_("owner")
    assert (await owner.get(f"/booking-forms/{other.id}")).status_code == 404
    for action in ("publish", "rotate-key"):
        assert (await owner.post(f"/booking-forms/{other.id}/{action}")).status_code == 404
    assert office.jobs.asked == []


async def test_a_new_key_and_a_new_look_are_left_to_a_worker(office: Office, form: BookingForm) -> None:
    owner = office.as_("owner")
    await good(owner.post(f"/booking-forms/{form.id}/publish"))
    await good(owner.post(f"/booking-forms/{form.id}/rotate-key"))
    assert office.jobs.asked == [(PUBLISH_FORM, office.tenant_id), (ROTATE_FORM_KEY, office.tenant_id, form.id)]
    assert (await office.as_("doctor").post(f"/booking-forms/{form.id}/rotate-key")).status_code in (403, 404)
