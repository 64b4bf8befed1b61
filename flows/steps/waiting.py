"""No time suits: which one would, and until when somebody should be told of it. And what is said to an offer."""

from datetime import timedelta

from clinic.errors import ClinicError
from clinic.views import WaitTerms
from flows.choices import start_over
from flows.question import Question
from flows.reply import Option
from flows.said import Said
from flows.slots import PARTS
from flows.speech import day as say_day
from flows.steps.booked import register
from flows.steps.person import NEW
from flows.table import Step
from flows.talk import Talk, find
from flows.waitable import WAITED_FOR

WEEKDAYS: dict[str, tuple[int, ...]] = {"wait_any": (), "wait_week": (0, 1, 2, 3, 4), "wait_weekend": (5, 6)}
UNTIL = (3, 7, 14, 30)  # days


async def ask_days(talk: Talk) -> Question:
    """Days of the week."""
    return Question(talk.say("ask_wait_days"), tuple(Option(name, talk.say(name)) for name in WEEKDAYS))


async def answer_days(talk: Talk, said: Said) -> str | None:
    """One of them."""
    if said.option not in WEEKDAYS:
        return None
    talk.choices["wait_days"] = said.option
    return "next"


WAIT_DAYS = Step("wait_days", ask_days, answer_days, gives="wait_days", needs=WAITED_FOR, revisited=True)


async def ask_part(talk: Talk) -> Question:
    """Any time, or one part of the day."""
    parts = tuple(Option(part, talk.say(part)) for part in PARTS)
    return Question(talk.say("ask_wait_part"), (Option("any", talk.say("wait_any_time")), *parts))


async def answer_part(talk: Talk, said: Said) -> str | None:
    """One of them."""
    if said.option != "any" and said.option not in PARTS:
        return None
    talk.choices["wait_part"] = said.option
    return "next"


WAIT_PART = Step("wait_part", ask_part, answer_part, gives="wait_part", needs=WAITED_FOR, revisited=True)


async def ask_until(talk: Talk) -> Question:
    """The last day on which it would be of use."""
    today = await talk.today()
    options = (Option(str(n), say_day(today + timedelta(days=n), talk.language, today)) for n in UNTIL)
    return Question(talk.say("ask_wait_until"), tuple(options))


async def answer_until(talk: Talk, said: Said) -> str | None:
    """One of the days."""
    if said.option not in map(str, UNTIL):
        return None
    talk.choices["wait_until"] = said.option
    return "next"


WAIT_UNTIL = Step("wait_until", ask_until, answer_until, gives="wait_until", needs=WAITED_FOR, revisited=True)


async def ask_leave(talk: Talk) -> Question | str:
    """Who did not agree to be written to cannot be told. After a STOP this very message is asked for."""
    if (await talk.chat()).consent_version or (await talk.chat()).stopped:
        return "next"
    options = (Option("yes", talk.say("consent_yes")), Option("no", talk.say("consent_no")))
    return Question(talk.say("ask_wait_consent"), options)


async def answer_leave(talk: Talk, said: Said) -> str | None:
    """Without it there is no waiting."""
    given = {"yes": True, "no": False}.get(said.option or said.command)
    if given is None:
        return None
    if given:
        await talk.desk.record_consent((await talk.tenant()).consent_version, True, talk.now)
        talk.choices["consent"] = "yes"
        return "next"
    talk.note("wait_refused")
    return "menu"


WAIT_CONSENT = Step("wait_consent", ask_leave, answer_leave, needs=WAITED_FOR)


async def wait(talk: Talk) -> str:
    """On the list, and nothing is half done any more. The message's id makes a second run of this turn harmless."""
    choices = talk.choices
    if choices["patient"] == NEW:
        choices["patient"] = await register(talk)
    try:
        await talk.desk.wait(
            talk.inbound.id, choices["patient"], talk.wish(), await _terms(talk), talk.language, talk.now
        )
    except ClinicError as refusal:
        if refusal.code != "too_many_waits":
            raise
        talk.note("wait_full")
    else:
        await _told(talk)
    start_over(choices)
    talk.session.trail.clear()
    talk.retraced = True
    return "done"


async def _terms(talk: Talk) -> WaitTerms:
    today, part = await talk.today(), talk.choices["wait_part"]
    last = today + timedelta(days=int(talk.choices["wait_until"]))
    return WaitTerms(today, last, WEEKDAYS[talk.choices["wait_days"]], () if part == "any" else (part,))


async def _told(talk: Talk) -> None:
    service = find(await talk.services(), talk.choices["service"]).name
    if talk.choices["doctor"]:
        talk.note("wait_listed", service=service, doctor=find(await talk.doctors(), talk.choices["doctor"]).name)
    else:
        talk.note("wait_listed_any", service=service)


WAITING = Step("waiting", wait, needs=(*WAITED_FOR, "wait_days", "wait_part", "wait_until"))


async def offered(talk: Talk) -> str:
    """The answer to an offered time, by a button that may be old: it is theirs, or it is said honestly that it is not,
    and what else can be done."""
    action, offer, now = talk.choices.pop("tapped"), talk.choices.pop("offer"), talk.now
    try:
        if action == "yes":
            visit = await talk.desk.accept_offer(talk.inbound.id, offer, now)
            talk.choices["visit"] = visit.id
            talk.look_again()
            return "show"
        await (talk.desk.stop_waiting if action == "stop" else talk.desk.decline_offer)(offer, now)
    except ClinicError as refusal:
        if refusal.code not in OVER:
            raise
        talk.note(OVER[refusal.code])
        return "menu"
    talk.note("wait_stopped" if action == "stop" else "offer_declined")
    return "menu"


OVER = {"offer_over": "offer_over", "not_found": "offer_over"}
OFFERED = Step("offered", offered, needs=("offer", "tapped"))
