"""Moving a visit: the same doctor first, another doctor or place on request. The old time is kept until the new one is
held: one write does both."""

from zoneinfo import ZoneInfo

from clinic.errors import ClinicError, NotFound
from clinic.views import AppointmentView
from flows.choices import forget, start_over
from flows.question import Question
from flows.reply import MAX_OPTIONS, Option
from flows.said import Said
from flows.slots import Hours, read_slot
from flows.steps.alternative import NUMBERS
from flows.steps.booked import NOTES
from flows.steps.confirm import shown, summary
from flows.steps.confirm import visit as chosen_visit
from flows.steps.handoff import elsewhere
from flows.steps.service import SERVICE
from flows.steps.time import TIME, WISH
from flows.steps.visits import elsewhere as other_ways
from flows.steps.visits import keep, refused, saw
from flows.table import STAY, Step
from flows.talk import Talk, find
from flows.visit import is_open, told, when
from flows.wanted import chosen, when_text

NEW_TIME = (*WISH, "visit", "patient", "slot")


async def begin(talk: Talk) -> str:
    """Look for a time at the same place with the same doctor, where they are still there."""
    visit = await talk.visit()
    if not is_open(visit, talk.now):
        return "show"
    if visit.move_until and talk.now > visit.move_until:
        return "too_late_to_move"
    forget(talk.choices, "clinic")
    talk.choices.update(
        patient=visit.patient.id, clinic=visit.clinic.id, service=visit.service.id, doctor=visit.doctor.id
    )
    if talk.choices.get("tapped") not in NUMBERS:  # else it has just been said that it cannot stay where it is
        talk.note("moving", when=when(talk, visit))
    return await _where(talk, visit)


async def _where(talk: Talk, visit: AppointmentView) -> str:
    try:
        find(await talk.doctors(), visit.doctor.id)
        find(await talk.clinics(), visit.clinic.id)
    except NotFound:
        talk.note("withdrawn")
        forget(talk.choices, "clinic")
        return "clinic"
    return _day_of(talk, visit)


def _day_of(talk: Talk, visit: AppointmentView) -> str:
    """What a button has asked for already: later on the same day, or another day."""
    wanted = talk.choices.get("tapped")
    if wanted:
        talk.choices["tapped"] = ""  # done, but a button is what all this is about
    if wanted == "otherday":
        return "other"
    if wanted == "later":
        moment = visit.start.astimezone(ZoneInfo(visit.clinic.zone))
        talk.choices.update(day=moment.date().isoformat(), between=str(Hours(start=moment.time())))
    return "next"


MOVE = Step("move", begin, needs=("visit",))


async def ask_time(talk: Talk) -> Question | str:
    """The booking's own list of times; and the way to others."""
    asked = await TIME.ask(talk)
    if isinstance(asked, str):
        return asked
    others = (Option("elsewhere", talk.say("other_doctor_clinic")),) if await elsewhere(talk) else ()
    tail = (*asked.tail, *others, Option("keep", talk.say("keep_visit")))
    return Question(asked.text, asked.options[: MAX_OPTIONS - len(tail)], tail)


async def answer_time(talk: Talk, said: Said) -> str | None:
    """A time, another day, somebody else, or nothing of it."""
    kept = keep(talk, said)
    return kept or ("elsewhere" if said.option == "elsewhere" else await chosen(talk, said))


TIME_TO_MOVE = Step("time", ask_time, answer_time, gives="day", needs=(*WISH, "visit"), revisited=True, takes_time=True)


async def ask_elsewhere(talk: Talk) -> Question:
    """Whom or where to choose anew."""
    return Question(talk.say("ask_elsewhere"), (*await elsewhere(talk), Option("keep", talk.say("keep_visit"))))


async def answer_elsewhere(talk: Talk, said: Said) -> str | None:
    """What hangs on it is asked anew; the service stays."""
    if said.option not in ("doctor", "clinic"):
        return keep(talk, said)
    forget(talk.choices, said.option)
    return said.option


ELSEWHERE = Step("elsewhere", ask_elsewhere, answer_elsewhere, needs=WISH, revisited=True)


async def ask_service(talk: Talk) -> Question | str:
    """The visit's own service stays, where the other place offers it."""
    if "service" not in talk.choices:
        own = (await talk.visit()).service.id
        if any(service.id == own for service in await talk.services()):
            talk.choices["service"] = own
    return await SERVICE.ask(talk)


SERVICE_KEPT = Step("service", ask_service, SERVICE.answer, gives="service", needs=("clinic", "visit"), revisited=True)


async def ask_confirm(talk: Talk) -> Question:
    """From when to when, with all that goes with it."""
    visit = await talk.visit()
    saw(talk, visit)
    text = talk.say("ask_move", was=when(talk, visit), summary=summary(talk, await chosen_visit(talk)))
    return Question(
        text,
        (
            Option("move", talk.say("yes_move")),
            Option("other", talk.say("other_time")),
            Option("keep", talk.say("keep_visit")),
        ),
    )


async def answer_confirm(talk: Talk, said: Said) -> str | None:
    """A plain "no" means: not to this time."""
    if said.command == "yes" or said.option == "move":
        return "yes"
    if said.option == "other" or said.command == "no":
        forget(talk.choices, "day")
        return "times"
    return keep(talk, said)


CONFIRM_MOVE = Step(
    "confirm", ask_confirm, answer_confirm, needs=NEW_TIME, revisited=True, reads=("move",), shows=shown
)


async def move(talk: Talk) -> str:
    """Every refusal is a move of the conversation; the visit stays where it was."""
    choices, slot = talk.choices, read_slot(talk.choices["slot"])
    try:
        talk.appointment = await talk.desk.move(
            talk.inbound.id, choices["visit"], int(choices["seen"]), talk.wish(), slot, talk.now
        )
    except ClinicError as refusal:
        if refusal.code not in NOTES:
            return refused(talk, refusal)
        talk.note(NOTES[refusal.code], when=await when_text(talk, slot))
        forget(choices, "slot")
        talk.look_again()
        return refusal.code
    return "done"


MOVING = Step("moving", move, needs=(*NEW_TIME, "seen"))


async def ask_moved(talk: Talk) -> Question:
    """The whole confirmation once; a short word when the patient writes again."""
    visit = talk.appointment or await talk.visit()
    options = (*await other_ways(talk, visit), Option("human", talk.say("talk_to_person")))
    if talk.appointment is None:
        return Question(talk.say("booked_before", reference=visit.reference), options)
    start_over(talk.choices)
    talk.choices["visit"] = visit.id
    return Question(told(talk, "visit_moved", visit), options)


async def answer_moved(talk: Talk, said: Said) -> str | None:
    """Nothing more to do is an answer too."""
    if said.command == "no":
        talk.note("welcome")
        return STAY
    return "book" if said.option == "book" else None


MOVED = Step("moved", ask_moved, answer_moved, needs=("visit",), ends=True)
