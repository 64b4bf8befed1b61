"""When somebody will call: after hours the patient is told, in a sentence of its own."""

from flows.speech import time as say_time
from flows.speech import weekday
from flows.talk import Talk

Sentence = tuple[str, dict[str, object]]  # the key of a text, and what fills it


async def when_called(talk: Talk) -> Sentence | None:
    """ "We open on Monday at 9:00 am and will call you then"; None while the clinic is open."""
    opens = await talk.desk.calls_from(talk.choices.get("clinic", ""), talk.now)
    if opens is None:
        return None
    today, time = talk.now.astimezone(opens.tzinfo).date(), say_time(opens.time(), talk.language)
    match (opens.date() - today).days:
        case 0:
            return "call_opens_today", {"time": time}
        case 1:
            return "call_opens_tomorrow", {"time": time}
    return "call_opens_on", {"day": weekday(opens.date(), talk.language, today), "time": time}
