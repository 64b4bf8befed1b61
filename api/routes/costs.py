"""What messages cost, by clinic and month."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from api.house import InHouse, Now
from api.paging import Page
from api.routing import desk_router
from api.shapes.costs import CostOut, money
from api.span import BadRange
from api.staff import Staff, may
from clinic import patient_csv
from clinic.cost_report import Bill, bills, month_of, months_between
from clinic.rates import Rates

router = desk_router("/costs", "costs")
Month = Annotated[str, Query(pattern=r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$", max_length=7, examples=["2026-11"])]
First = Annotated[Month, Query(alias="from", description="A month; without it the present one.")]
Last = Annotated[Month, Query(alias="to", description="A month; without it the same.")]
ClinicId = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]
LONGEST = 36  # months of one answer
COLUMNS = (
    "month", "clinic_id", "clinic", "category", "type", "market", "provider", "messages", "price", "amount", "currency",
)  # fmt: skip
CSV = "text/csv; charset=utf-8"
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The lines as CSV."}
}


@router.get("")
async def list_costs(
    staff: Annotated[Staff, may("billing:read")],
    house: InHouse,
    now: Now,
    first: First = "",
    last: Last = "",
    clinic_id: ClinicId = "",
) -> Page[CostOut]:
    """How many messages each clinic sent in each month, and what they cost: counted from what the provider says of each
    delivered message, with the prices that the operator has written down. The latest month first."""
    found = await _bills(staff, "billing:read", house.message_rates, first or month_of(now), last, clinic_id)
    return Page(items=[CostOut.of_bill(each) for each in found], next=None)


@router.get("/export", response_class=Response, responses=FILE)
async def export_costs(
    staff: Annotated[Staff, may("billing:export")],
    house: InHouse,
    now: Now,
    first: First = "",
    last: Last = "",
    clinic_id: ClinicId = "",
) -> Response:
    """The same as a CSV file, a line for each kind of message."""
    found = await _bills(staff, "billing:export", house.message_rates, first or month_of(now), last, clinic_id)
    names = {clinic.id: clinic.name for clinic in (await staff.directory()).clinics.values()}
    staff.touched("costs", "", {}, {"exported": "csv", "from": first, "to": last})
    lines = [row for bill in found for row in _rows(bill, names.get(bill.clinic_id, ""))]
    said = "\ufeff" + patient_csv.written([COLUMNS, *lines])
    headers = {"Content-Disposition": 'attachment; filename="costs.csv"'}
    return Response(said, media_type=CSV, headers=headers)


async def _bills(staff: Staff, permission: str, rates: Rates, first: str, last: str, clinic_id: str) -> list[Bill]:
    """Raises ``BadRange``, ``NotFound``."""
    last = last or first
    if not 0 < months_between(first, last) <= LONGEST:
        raise BadRange
    if clinic_id:
        staff.require(permission, clinic_id)
    seen = staff.clinics(permission)
    found = await bills(await staff.directory(), first, last, rates)
    return [
        each for each in found
        if clinic_id in ("", each.clinic_id) and (seen is None or each.clinic_id in seen)
    ]  # fmt: skip


def _rows(bill: Bill, name: str) -> list[list[str]]:
    return [
        [
            bill.month, bill.clinic_id, name, line.kind.category, line.kind.type, line.kind.market, line.kind.provider,
            str(line.messages), money(line.price) or "", money(line.amount) or "", bill.currency,
        ]
        for line in bill.lines
    ]  # fmt: skip
