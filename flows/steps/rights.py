"""What belongs to the patient: to be written to no more, and again; to see what is known of them; to be forgotten."""

from zoneinfo import ZoneInfo

from clinic.errors import ClinicError
from clinic.views import DataView
from flows.language import recognise
from flows.question import Question
from flows.reply import Option, Reply
from flows.said import Said
from flows.speech import day as say_day
from flows.speech import time as say_time
from flows.table import Step
from flows.talk import Talk
from flows.visit import is_open

AIMS = ("stop", "start", "my_data", "forget_me")


async def choose(talk: Talk) -> str:
    """Which of the rights was called on; without one there is nothing to do here."""
    aim = talk.choices.pop("aim", "")
    return aim if aim in AIMS else "menu"


RIGHT = Step("start", choose)


async def stop(talk: Talk) -> str:
    """Done before it is said: when the answer leaves nothing else is on its way."""
    await talk.desk.stop_messages(talk.now)
    talk.look_again()
    talk.choices["just"] = "yes"
    return "done"


STOPPING = Step("stopping", stop)


async def ask_stopped(talk: Talk) -> Question:
    """What ends, what stands, and the way back. A STOP cancels no visit."""
    practice, ahead = (await talk.tenant()).name, await _ahead(talk)
    if not talk.choices.pop("just", ""):
        return Question(talk.say("stop_still"), _after_stop(talk, ahead, waits=False))
    waits = bool(await talk.desk.open_waits())
    lines = [talk.say("stop_done", practice=practice)]
    lines += [talk.say("stop_visits")] if ahead else []
    lines += [talk.say("stop_waits")] if waits else []
    return Question("\n".join([*lines, talk.say("stop_back")]), _after_stop(talk, ahead, waits))


async def _ahead(talk: Talk) -> bool:
    return any(is_open(visit, talk.now) for visit in await talk.visits())


def _after_stop(talk: Talk, ahead: bool, waits: bool) -> tuple[Option, ...]:
    known = {"book": talk.session.half_done, "start": True, "appointments": ahead, "end_waits": waits}
    titles = {"book": "go_on_booking", "start": "start_messages", "appointments": "my_appointments"}
    return tuple(Option(name, talk.say(titles.get(name, name))) for name, wanted in known.items() if wanted)


async def answer_stopped(_talk: Talk, said: Said) -> str | None:
    """The other options are commands, which mean the same everywhere."""
    return said.option if said.option in ("book", "end_waits") else None


STOPPED = Step("stopped", ask_stopped, answer_stopped)


async def end_waits(talk: Talk) -> str:
    """Not even word of a free time."""
    await talk.desk.end_waits(talk.now)
    talk.note("waits_ended")
    return "done"


ENDING_WAITS = Step("ending_waits", end_waits)


async def start(talk: Talk) -> str:
    """Messages again. To whom gets them it is a greeting, as it is to every bot."""
    chat, tenant = await talk.chat(), await talk.tenant()
    if not chat.stopped:
        if not talk.greets:
            talk.note("hello_again")
        return "book"
    await talk.desk.allow_messages(talk.now)
    talk.look_again()
    talk.note("start_done", practice=tenant.name)
    return "done"


STARTING = Step("starting", start)


async def tell_data(talk: Talk) -> str:
    """In short, and a link that shows the whole, once."""
    try:
        data = await talk.desk.my_data(talk.inbound.id, talk.now)
    except ClinicError as refusal:
        if refusal.code != "code_needed":
            raise
        return refusal.code
    zone = ZoneInfo(next((clinic.zone for clinic in await talk.clinics()), "UTC"))
    today = talk.now.astimezone(zone).date()
    since = say_day(data.since.astimezone(zone).date(), talk.language, today) if data.since else ""
    talk.note("data_known", **_facts(talk, data))
    if since:
        talk.note("data_written", messages=data.messages, since=since)
    talk.note("data_link", time=say_time(data.until.astimezone(zone).time(), talk.language), url=data.url)
    return "done"


def _facts(talk: Talk, data: DataView) -> dict[str, object]:
    nothing = talk.say("data_nothing")
    number = f"+{data.number}" if data.number else nothing
    return {"people": ", ".join(data.people) or nothing, "number": number, "visits": data.visits}


DATA = Step("data", tell_data)


async def ask_forget(talk: Talk) -> Question:
    """What it means, before it is asked for."""
    options = (Option("yes", talk.say("forget_yes")), Option("no", talk.say("forget_no")))
    return Question(talk.say("ask_forget", practice=(await talk.tenant()).name), options)


async def answer_forget(talk: Talk, said: Said) -> str | None:
    """Only a clear yes."""
    if said.option == "no" or said.command == "no":
        talk.note("forget_kept")
        return "keep"
    return "yes" if said.option == "yes" or said.command == "yes" else None


FORGET = Step("forget", ask_forget, answer_forget)


async def forget(talk: Talk) -> str:
    """On the list of staff, with the day by which they decide."""
    asked = await talk.desk.forget_me(talk.inbound.id, talk.now)
    zone = ZoneInfo(next((clinic.zone for clinic in await talk.clinics()), "UTC"))
    due, today = asked.due.astimezone(zone).date(), talk.now.astimezone(zone).date()
    talk.note("forget_asked" if asked.is_new else "forget_asked_before", day=say_day(due, talk.language, today))
    return "done"


FORGETTING = Step("forgetting", forget)


async def decided(talk: Talk) -> list[Reply]:
    """What staff decided: nothing in the text where it is done, else why it is not."""
    if not talk.session.language:
        await recognise(talk, asking=True)
    reason = talk.inbound.text
    return [Reply(talk.say("erasure_refused", reason=reason) if reason else talk.say("erasure_approved"))]
