"""What patients thought of their visits."""

from typing import Annotated, Any

from fastapi import Query

from api.house import Now
from api.paging import Asked, Page
from api.routing import desk_router
from api.shapes.feedback import FeedbackOut
from api.sight import within
from api.span import Edge, span
from api.staff import Staff, may
from clinic.feedback import Feedback
from clinic.paging import page
from clinic.wall_clock import local_day

router = desk_router("/feedback", "feedback")

AnyId = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]
Mark = Annotated[int, Query(ge=1, le=5)]
LONGEST = 366  # days of one list


@router.get("")
async def list_feedback(
    staff: Annotated[Staff, may("reports:read")],
    asked: Asked,
    now: Now,
    clinic_id: AnyId = "",
    doctor_id: AnyId = "",
    patient_id: AnyId = "",
    worst: Annotated[Mark, Query(description="No mark below this.")] = 1,
    best: Annotated[Mark, Query(description="No mark above this: `best=2` lists who was not content.")] = 5,
    from_: Annotated[
        Edge | None, Query(alias="from", description="A day or a moment; without it, and `to`: all.")
    ] = None,
    to: Annotated[Edge | None, Query(description="A day (all of it) or a moment.")] = None,
) -> Page[FeedbackOut]:
    """The marks that patients gave to visits at your clinics, with their words, the latest first."""
    directory = await staff.directory()
    named = {"clinic_id": clinic_id, "doctor_id": doctor_id, "patient_id": patient_id}
    query: dict[str, Any] = {name: value for name, value in named.items() if value}
    query["mark"] = {"$gte": worst, "$lte": best}
    if from_ or to:
        zone = next((clinic.zone for clinic in directory.clinics.values()), "UTC")
        time = span(from_ or local_day(now, zone), to, zone, now, days=LONGEST, most=LONGEST)
        query["at"] = {"$gte": time.start, "$lt": time.end}
    if seen := within(staff, directory, "reports:read"):
        query["$and"] = [seen]
    found, following = await page(
        Feedback.of(staff.tenant_id), query, sort="at", descending=True, cursor=asked.cursor, limit=asked.limit
    )
    staff.touched("feedback", "", {}, {"shown": [each.id for each in found]})
    return Page(items=[FeedbackOut.of(each) for each in found], next=following)
