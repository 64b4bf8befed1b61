"""Clinics: places where patients are seen, their rules for booking, their holidays."""

from typing import Annotated

from fastapi import Query
from pydantic import ValidationError

from api.etag import Tag
from api.house import House, InHouse, Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes import Id
from api.shapes.clinics import (
    CheckInLink,
    CheckInOut,
    ClinicChange,
    ClinicOut,
    HolidayList,
    HolidayOut,
    NewClinic,
)
from api.shapes.hours import AcceptStranded, Day, OpenTime
from api.staff import NotAllowed, Staff, may
from clinic import news, premises
from clinic.channel import Channel
from clinic.check_in_word import link, word_of
from clinic.directory import DIRECTORIES, fresh_directory
from clinic.errors import Impossible
from clinic.paging import page
from clinic.place import Clinic
from clinic.scheduling import reasons
from clinic.wall_clock import days_from

router = desk_router("/clinics", "clinics")


@router.get("")
async def list_clinics(staff: Annotated[Staff, may("clinics:read")], asked: Asked) -> Page[ClinicOut]:
    """The clinics that you may see, closed ones too."""
    found, following = await page(
        Clinic.of(staff.tenant_id), staff.scope("clinics:read", "_id"), cursor=asked.cursor, limit=asked.limit
    )
    return Page(items=[ClinicOut.of(each) for each in found], next=following)


@router.post("", status_code=201)
async def create_clinic(new: NewClinic, staff: Annotated[Staff, may("clinics:create")], tag: Tag) -> ClinicOut:
    """Open a clinic. It can be booked as soon as a doctor has hours there."""
    if staff.clinics("clinics:create") is not None:
        raise NotAllowed
    facts = {name: value for name, value in new.given().items() if value is not None}
    try:
        clinic = Clinic(tenant_id=staff.tenant_id, **facts)
    except ValidationError as error:
        raise Impossible(reasons(error)) from None
    await Clinic.of(staff.tenant_id).insert(clinic)
    DIRECTORIES.forget(staff.tenant_id)
    answer = ClinicOut.of(clinic)
    staff.touched("clinics", clinic.id, {}, answer.model_dump(mode="json"))
    await news.tell(staff.tenant_id, "clinic.created", clinic.id, clinic_id=clinic.id)
    tag.set(clinic.version)
    return answer


@router.get("/{id}")
async def get_clinic(id: Id, staff: Annotated[Staff, may("clinics:read")], tag: Tag) -> ClinicOut:
    """One clinic, with its rules for booking."""
    staff.require("clinics:read", id)
    clinic = await Clinic.of(staff.tenant_id).get(id)
    tag.set(clinic.version)
    return ClinicOut.of(clinic)


@router.patch("/{id}")
async def edit_clinic(
    id: Id,
    change: ClinicChange,
    staff: Annotated[Staff, may("clinics:update")],
    tag: Tag,
    now: Now,
    accept_stranded: AcceptStranded = False,
) -> ClinicOut:
    """Change a clinic. New holidays on which patients are booked are refused with `strands_patients`."""
    staff.require("clinics:update", id)
    return await _changed(id, change.given(), staff, tag, now, accept_stranded)


@router.delete("/{id}")
async def delete_clinic(id: Id, staff: Annotated[Staff, may("clinics:delete")], tag: Tag, now: Now) -> ClinicOut:
    """Close a clinic for good: refused while visits are booked there. It is kept for the visits that were."""
    staff.require("clinics:delete", id)
    return await _changed(id, {"active": False}, staff, tag, now, False)


@router.get("/{id}/holidays")
async def list_clinic_holidays(
    id: Id,
    staff: Annotated[Staff, may("clinics:read")],
    year: Annotated[int, Query(ge=2000, le=2100, examples=[2027])],
) -> HolidayList:
    """The holidays of a year by the clinic's rules, those that are worked too."""
    staff.require("clinics:read", id)
    clinic = await Clinic.of(staff.tenant_id).get(id)
    return HolidayList(items=[HolidayOut.of(each) for each in clinic.holidays.of_year(year)])


@router.get("/{id}/opening")
async def get_clinic_opening(
    id: Id,
    staff: Annotated[Staff, may("clinics:read")],
    first: Annotated[Day, Query(alias="from", examples=["2027-01-04"])],
    days: Annotated[int, Query(ge=1, le=92)] = 7,
) -> list[OpenTime]:
    """When the clinic is open: as it says itself, else when any of its doctors is there; holidays left out."""
    staff.require("clinics:read", id)
    directory = await fresh_directory(staff.tenant_id)
    return [OpenTime.of(each) for each in directory.opening(id, days_from(first, days))]


@router.get("/{id}/check-in")
async def get_clinic_check_in(id: Id, staff: Annotated[Staff, may("clinics:read")], house: InHouse) -> CheckInOut:
    """The clinic's check-in word, and the link for a QR code for each number and language of the practice. Numbers that
    have not told how they are dialled have none."""
    staff.require("clinics:read", id)
    directory = await fresh_directory(staff.tenant_id)
    word = word_of(directory.clinic(id))
    channels = [each for each in await Channel.of(staff.tenant_id).find() if each.display_phone_number]
    spoken = {language: _greeting(house, language) for language in directory.tenant.languages}
    links = [
        CheckInLink(
            channel_id=each.id, language=language, text=f"{text} {word}".strip(),
            url=link(each.display_phone_number, text, word),
        )
        for each in channels for language, text in spoken.items()
    ]  # fmt: skip
    return CheckInOut(word=word, links=links)


def _greeting(house: House, language: str) -> str:
    """As the chat's own button says it."""
    said = house.texts.get(language, {}).get("i_am_here")
    return said.forms[0] if said else ""


async def _changed(
    id: str, changes: dict[str, object], staff: Staff, tag: Tag, now: Now, accept_stranded: bool
) -> ClinicOut:
    accept = accept_stranded and staff.may("schedules:approve", id)
    before, after = await premises.change_clinic(staff.tenant_id, id, changes, tag.version, accept=accept, now=now)
    was, answer = ClinicOut.of(before), ClinicOut.of(after)
    staff.touched("clinics", id, was.model_dump(mode="json"), answer.model_dump(mode="json"))
    await news.tell(staff.tenant_id, "clinic.changed", id, clinic_id=id)
    tag.set(after.version)
    return answer
