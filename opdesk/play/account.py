"""What was promised and what was kept, counted on the patients' phones and not by the ledger's own word."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clinic.after_visit import AFTER
from clinic.appointment import Appointment
from clinic.notification import Notification
from clinic.purpose import ANSWERS, PURPOSES
from clinic.queue_calls import CAUSED
from clinic.slot_offer import SlotOffer, offer_id
from opdesk.play.phones import Bubble

OVER = "over"  # taken back because the visit had begun: that is no withdrawal, it came too late
LONGEST = timedelta(hours=6)  # after which even a message without an hour of its own is late
ARRIVED = ("delivered", "read")
COURTESIES = CAUSED | AFTER | ANSWERS
TOLD_LATER = frozenset({"satisfaction", "no_show", "cancelled"})  # not before the visit begins


@dataclass(frozen=True)
class Facts:
    """All that the count looks at: the ledger's rows of the time, and everything else by what names it."""

    promises: Sequence[Notification]
    letters: Mapping[str, Sequence[Bubble]]  # that reached a phone or are on the way, by the promise
    visits: Mapping[str, Appointment]
    offers: Mapping[str, SlotOffer]
    cards: frozenset[str]  # what callbacks were asked for; of a doctor's leave "leave " and the visit


@dataclass
class Account:
    """Numbers, and a word for each that should not be."""

    promised: int = 0
    kept: int = 0
    doubled: int = 0
    late: int = 0
    unhandled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every promise was kept, once, in time, and everybody was answered."""
        return self.kept == self.promised and not (self.doubled or self.late or self.unhandled)

    def __str__(self) -> str:
        names = ("promised", "kept", "doubled", "late", "unhandled")
        return ", ".join(f"{name} {getattr(self, name)}" for name in names)

    def blame(self, what: str, count: int = 1) -> None:
        """Something that nobody handled."""
        self.unhandled += count
        self.words.append(what)


def reckon(facts: Facts) -> Account:
    """Each promise of the time that was not taken back, looked up on the phones."""
    account = Account()
    for promise in facts.promises:
        if excuse := _excused(facts, promise):
            account.kinds[excuse] += 1
            continue
        account.promised += 1
        account.kinds[promise.purpose] += 1
        fate = _fate(facts, promise)
        if fate:
            name = fate.partition(":")[0]
            account.doubled += name == "doubled"
            account.late += name == "late"
            account.words.append(f"{fate} {promise.kind} {promise.id} ({promise.status} {promise.error})".strip())
        else:
            account.kept += 1
    return account


def _excused(facts: Facts, promise: Notification) -> str:
    """Why it counts for nothing, if so: taken back; or a courtesy of the moment to a telephone that is no more, which
    nobody calls about."""
    if promise.status == "withdrawn" and not _too_late(facts, promise):
        return f"withdrawn: {promise.error}"
    letters = facts.letters.get(promise.id, ())
    if promise.purpose in COURTESIES and letters and all(each.status == "failed" for each in letters):
        return f"unreachable: {promise.purpose}"
    return ""


def _fate(facts: Facts, promise: Notification) -> str:
    """What went wrong with it; empty where it was kept."""
    told = [each for named in {promise.id, promise.included_in} for each in facts.letters.get(named, ())]
    going = [each for each in told if each.status != "failed"]
    if len(going) > 1:
        return "doubled:"
    if going and going[0].at > limit(facts, promise):
        return f"late: by {going[0].at - limit(facts, promise)}"
    if _too_late(facts, promise):
        return "late: never sent"
    if any(each.status in ARRIVED for each in going) or _with_a_person(facts, promise):
        return ""
    return "lost:"


def _too_late(facts: Facts, promise: Notification) -> bool:
    """Taken back only because its time was over."""
    offer = facts.offers.get(offer_id(promise.appointment_id, promise.start_version))
    expired = promise.purpose == "offer" and offer is not None and offer.status == "expired"
    return promise.status == "withdrawn" and (promise.error == OVER or expired)


def _with_a_person(facts: Facts, promise: Notification) -> bool:
    """Somebody was asked to call, or the offer went on to the next one who waits."""
    offer = facts.offers.get(offer_id(promise.appointment_id, promise.start_version))
    handed_on = promise.purpose == "offer" and offer is not None and offer.status == "unreachable"
    leave = promise.purpose.startswith("leave_offer") and f"leave {promise.appointment_id}" in facts.cards
    return f"n.{promise.id}" in facts.cards or handed_on or leave


def limit(facts: Facts, promise: Notification) -> datetime:
    """When it must have left."""
    if promise.purpose == "offer":
        offer = facts.offers.get(offer_id(promise.appointment_id, promise.start_version))
        return offer.until if offer else promise.due_at + LONGEST
    ttl = PURPOSES[promise.purpose].ttl if promise.purpose in PURPOSES else LONGEST.total_seconds()
    by = promise.due_at + min(timedelta(seconds=ttl), LONGEST)
    start = start_of(facts.visits.get(promise.appointment_id), promise.start_version)
    return by if promise.purpose in TOLD_LATER or start is None or start <= promise.due_at else min(by, start)


def start_of(visit: Appointment | None, version: int) -> datetime | None:
    """The start that the visit had in that version."""
    if visit is None:
        return None
    starts = [*(each.was for each in visit.history if each.what == "moved"), visit.start]
    return starts[version] if version < len(starts) else None


def by_promise(bubbles: Iterable[Bubble]) -> dict[str, list[Bubble]]:
    """The letters of each promise, whichever attempt they came of."""
    found: dict[str, list[Bubble]] = {}
    for bubble in bubbles:
        match bubble.outbox_id.split("."):
            case ["n", id, _]:
                found.setdefault(id, []).append(bubble)
    return found
