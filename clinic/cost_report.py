"""What messages cost, by clinic and month, as an owner reads it. Money is decimal, where the price is known."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from clinic.appointment import Appointment
from clinic.cost import Counted, counted
from clinic.directory import Directory
from clinic.message_kind import Kind
from clinic.rates import Rates
from clinic.wall_clock import instant

CHAT = "whatsapp"  # by which visits are booked that patients book themselves
EXACT = Decimal("0.0001")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """Messages of one kind. ``price`` and ``amount`` are None where no price is known."""

    kind: Kind
    messages: int
    price: Decimal | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Bill:
    """One clinic's month. ``clinic_id`` is empty for messages of no clinic: a conversation that named none.
    ``amount``: of the messages whose price is known; ``unpriced`` are the others. ``bookings``: visits of the month
    that patients booked in the chat."""

    clinic_id: str
    month: str
    lines: Sequence[Line]
    conversations: int
    bookings: int
    currency: str

    @property
    def messages(self) -> int:
        """All that were delivered."""
        return sum(line.messages for line in self.lines)

    @property
    def free(self) -> int:
        """Those that the provider gives away."""
        return sum(line.messages for line in self.lines if line.kind.free)

    @property
    def unpriced(self) -> int:
        """Those that are charged, nobody knows how much."""
        return sum(line.messages for line in self.lines if line.amount is None and not line.kind.free)

    @property
    def amount(self) -> Decimal | None:
        """What the others cost; None where no prices are written down."""
        return sum((line.amount or Decimal(0) for line in self.lines), Decimal(0)) if self.currency else None

    def per(self, count: int) -> Decimal | None:
        """The amount for each of so many; None where there is none, or a part of it is not known."""
        if self.amount is None or self.unpriced or not count:
            return None
        return (self.amount / count).quantize(EXACT)


async def bills(directory: Directory, first: str, last: str, rates: Rates) -> list[Bill]:
    """Of all clinics from one month to another (both 2026-11): the latest month first."""
    by_place: dict[tuple[str, str], list[Counted]] = defaultdict(list)
    for each in await counted(directory.tenant.id, first, last):
        by_place[each.kind.month, each.kind.clinic_id].append(each)
    booked = await _bookings(directory, first, last)
    places = sorted(by_place.keys() | booked.keys(), reverse=True)
    return [_bill(month, clinic, by_place[month, clinic], booked, rates) for month, clinic in places]


def _bill(
    month: str, clinic_id: str, found: Iterable[Counted], booked: Mapping[tuple[str, str], int], rates: Rates
) -> Bill:
    every = list(found)
    lines = [_line(each, rates) for each in every]
    talks = sum(each.conversations for each in every)
    return Bill(clinic_id, month, lines, talks, booked.get((month, clinic_id), 0), rates.currency)


def _line(each: Counted, rates: Rates) -> Line:
    price = rates.price(each.kind) if rates.currency else None
    return Line(each.kind, each.messages, price, None if price is None else price * each.messages)


async def _bookings(directory: Directory, first: str, last: str) -> Counter[tuple[str, str]]:
    """Visits that patients booked themselves, by month and clinic; cancelled ones too, for their messages were sent."""
    start, end = _edge(first) - DAY, _edge(_next(last)) + DAY  # months of each clinic's own zone
    query = {"start": {"$gte": start, "$lt": end}}
    rows = await Appointment.of(directory.tenant.id).rows(query, ("clinic_id", "start", "via", "status"))
    zones = {clinic.id: ZoneInfo(clinic.zone) for clinic in directory.clinics.values()}
    utc = ZoneInfo("UTC")
    months = (
        (f"{row['start'].astimezone(zones.get(row['clinic_id'], utc)):%Y-%m}", row["clinic_id"])
        for row in rows
        if row.get("via") == CHAT and row["status"] != "waitlist"
    )
    return Counter(place for place in months if first <= place[0] <= last)


def _edge(month: str) -> datetime:
    return instant(date.fromisoformat(f"{month}-01"), 0, "UTC")


def _next(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def month_of(now: datetime) -> str:
    """The month of a moment, in UTC."""
    return f"{now.astimezone(UTC):%Y-%m}"


def months_between(first: str, last: str) -> int:
    """How many months there are from one to another, both counted; negative where they are the wrong way round."""
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
