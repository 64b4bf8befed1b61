"""The visits that are booked: which one is meant, how it stands, and what a reminder's button asks about it."""

from zoneinfo import ZoneInfo

from clinic.errors import ClinicError, NotFound
from clinic.views import AppointmentView
from flows.choices import start_over
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.shown import Shown
from flows.table import Step
from flows.talk import Talk
from flows.visit import is_open, row, state, told, when

# What is wanted of a visit, or tapped about it, as a move.
WANTED = {
    "show": "show",
    "come": "to_come",
    "move": "to_move",
    "cancel": "to_cancel",
    "keep": "show",
    "later": "to_move",
    "otherday": "to_move",
    "again": "show",
    "first": "to_alternative",
    "second": "to_alternative",
    "third": "to_alternative",
    "call": "call",
}
HERE = ("arrived", "checked-in")
ASKS = {"cancel": "ask_visit_cancel", "move": "ask_visit_move", "come": "ask_visit_come"}


def saw(talk: Talk, visit: AppointmentView) -> None:
    """Remember the state in which the patient was shown it: only that one is acted upon. Who is asked to call sees what
    it was about."""
    talk.choices.update(visit=visit.id, seen=str(visit.version), start_version=str(visit.start_version))
    for name, record in (("patient", visit.patient), ("clinic", visit.clinic)):
        talk.choices.setdefault(name, record.id)


async def shown(talk: Talk) -> Shown:
    """The visit that this conversation is about. Raises ``NotFound`` as ``Talk.visit`` does."""
    visit = await talk.visit()
    start, parts = visit.start.astimezone(ZoneInfo(visit.clinic.zone)), (visit.doctor, visit.clinic, visit.service)
    own, names = visit.patient.is_self, (*(part.name for part in parts), visit.patient.name)
    return Shown(visit.doctor.id, visit.clinic.id, visit.service.id, visit.patient.id, own, start, names)


async def ask(talk: Talk) -> Question | str:
    """All of the household's, those ahead first; only those where something is to be done. The only one is meant."""
    aim = talk.choices.get("aim", "show")
    among = talk.choices.get("among", "").split()
    visits = [visit for visit in await talk.visits() if aim == "show" or is_open(visit, talk.now)]
    visits = [visit for visit in visits if visit.id in among] or visits
    if not visits:
        return await _nothing(talk)
    if len(visits) == 1:
        return _meant(talk, visits[0].id)
    return Question(talk.say(ASKS.get(aim, "ask_visits")), tuple(_row(talk, visit) for visit in visits), (_book(talk),))


def _row(talk: Talk, visit: AppointmentView) -> Option:
    return Option(visit.id, *row(talk, visit))


def _book(talk: Talk, new: str = "book_visit") -> Option:
    """On with the booking that was interrupted, or to a new one."""
    return Option("book", talk.say("go_on_booking" if talk.session.half_done else new))


async def _nothing(talk: Talk) -> Question:
    same = [Option("same", talk.say("same_as_last"))] if (await talk.chat()).last_visit else []
    return Question(talk.say("no_visits"), (_book(talk), *same, Option("human", talk.say("talk_to_person"))))


def _meant(talk: Talk, visit_id: str) -> str:
    """What was wanted of a visit is done once."""
    aim, tapped = talk.choices.get("aim", "show"), {"tapped": ""} if "tapped" in talk.choices else {}
    wished = {name: value for name, value in talk.choices.items() if name.startswith("wish_")}
    start_over(talk.choices)
    talk.choices.update(wished if aim == "move" else {}, **tapped, visit=visit_id)
    return WANTED[aim]


async def answer(talk: Talk, said: Said) -> str | None:
    """A visit, or a booking instead."""
    if said.option == "same":
        return await same_as_last(talk)
    if said.option in ("", "book"):
        return said.option or None
    return _meant(talk, said.option)


VISITS = Step("visits", ask, answer, gives="visit", revisited=True)


async def same_as_last(talk: Talk) -> str | None:
    """A booking with the person, place, service and doctor of the last one: only the time is to be chosen."""
    last = (await talk.chat()).last_visit
    if last is None:
        return None
    return again(talk, last.patient_id, last.clinic_id, last.service_id, last.doctor_id)


def again(talk: Talk, patient: str, clinic: str, service: str, doctor: str) -> str:
    """To a new booking of which all but the time is known."""
    talk.brings = {"patient": patient, "clinic": clinic, "service": service, "doctor": doctor}
    return "book"


async def again_as(talk: Talk, visit: AppointmentView) -> str:
    """To a new booking like a visit."""
    return again(talk, visit.patient.id, visit.clinic.id, visit.service.id, visit.doctor.id)


async def ask_visit(talk: Talk) -> Question | str:
    """How it stands now, the way there, and what can be done about it."""
    try:
        visit = await talk.visit()
    except NotFound:
        talk.note("not_yours")
        return "missing"
    saw(talk, visit)
    return Question(told(talk, state(visit, talk.now), visit), await _possible(talk, visit))


async def _possible(talk: Talk, visit: AppointmentView) -> tuple[Option, ...]:
    others = await elsewhere(talk, visit)
    if not is_open(visit, talk.now):
        place = [Option("where", talk.say("my_place"))] if visit.status in HERE else []
        return (Option("same", talk.say("book_like_this")), *place, *others)
    change = (Option("move", talk.say("move_visit")), Option("cancel", talk.say("cancel_visit")))
    if "tapped" in talk.choices and not visit.coming_at:
        return (Option("come", talk.say("will_come")), *change)
    return (*change, *others[:1])


async def elsewhere(talk: Talk, visit: AppointmentView) -> list[Option]:
    """What else there is: a booking that was interrupted, the other visits, a new booking."""
    booking = _book(talk, "book_another")
    others = any(other.id != visit.id for other in await talk.visits())
    shown = [Option("appointments", talk.say("my_appointments"))] if others else []
    return [booking, *shown] if talk.session.half_done else [*shown, booking]


async def answer_visit(talk: Talk, said: Said) -> str | None:
    """Something about this visit."""
    if said.option == "same":
        return await again_as(talk, await talk.visit())
    return "book" if said.option == "book" else WANTED.get(said.option)


VISIT = Step("visit", ask_visit, answer_visit, needs=("visit",), reads=("come", "move", "cancel"))


async def tapped(talk: Talk) -> str:
    """A button, perhaps weeks old: it acts on the visit as it was told there, or shows how it is now."""
    if WANTED[talk.choices["tapped"]] == "to_alternative":
        return "to_alternative"
    try:
        visit = await talk.visit()
    except NotFound:
        talk.note("not_yours")
        return "missing"
    action = talk.choices["tapped"]
    if action == "again" and not is_open(visit, talk.now):
        return await again_as(talk, visit)
    if visit.status != "booked" or str(visit.start_version) != talk.choices["start_version"]:
        talk.note("visit_changed")
        return "show"
    if not is_open(visit, talk.now):
        return "show"
    if action == "keep":
        talk.note("visit_kept")
    if action == "call":
        talk.why = "doctor_away"
    return WANTED[action]


TAPPED = Step("tapped", tapped, needs=("visit", "start_version", "tapped"))


async def together(talk: Talk) -> str:
    """A button of one message about several visits is meant for each of them that still is as it was told there."""
    told_then = await talk.desk.told_together(talk.choices["household"])
    if not told_then:
        talk.note("not_yours")
        return "next"
    talk.choices["among"] = " ".join(visit for visit, _ in told_then)
    if talk.choices["tapped"] == "move":
        talk.choices["aim"] = "move"
    else:
        kept = [await _comes(talk, visit, version) for visit, version in told_then]
        talk.note("visits_changed" if not all(kept) else "visits_coming")
    return "next"


async def _comes(talk: Talk, visit: str, version: int) -> bool:
    """Whether the household may still say that they will come to it."""
    try:
        await talk.desk.confirm_coming(talk.inbound.id, visit, version, talk.now)
    except ClinicError as refusal:
        if refusal.code not in REFUSALS:
            raise
        return False
    return True


TOGETHER = Step("together", together, needs=("household", "tapped"))


async def come(talk: Talk) -> str:
    """Write down that the patient will come, to the very start that was told."""
    visit = talk.choices["visit"]
    version = int(talk.choices.get("start_version") or (await talk.visit()).start_version)
    try:
        await talk.desk.confirm_coming(talk.inbound.id, visit, version, talk.now)
    except ClinicError as refusal:
        return refused(talk, refusal)
    talk.look_again()
    return "done"


COME = Step("come", come, needs=("visit",))

REFUSALS = {"not_changeable": "visit_changed", "not_found": "not_yours"}


def refused(talk: Talk, refusal: ClinicError) -> str:
    """What the desk could not do about a visit, as a move; what no table knows is raised."""
    talk.look_again()
    if refusal.code in ("too_late_to_cancel", "too_late_to_move", "code_needed"):
        return refusal.code
    if refusal.code not in REFUSALS:
        raise refusal
    talk.note(REFUSALS[refusal.code])
    return "show"


async def ask_too_late(talk: Talk) -> Question:
    """It begins so soon that only a person can help."""
    visit = await talk.visit()
    saw(talk, visit)
    text = talk.say("too_late", when=when(talk, visit))
    return Question(text, (Option("yes", talk.say("call_me")), Option("keep", talk.say("keep_visit"))))


async def answer_too_late(talk: Talk, said: Said) -> str | None:
    """A call, or the visit stays."""
    if said.option == "yes" or said.command == "yes":
        talk.why = "too_late"
        return "call"
    return keep(talk, said)


def keep(talk: Talk, said: Said) -> str | None:
    """The answer that leaves the visit as it is."""
    if said.option != "keep" and said.command != "no":
        return None
    talk.note("visit_kept")
    return "show"


TOO_LATE = Step("too_late", ask_too_late, answer_too_late, needs=("visit",))
