"""`opdesk understand`: sentences in, what they were understood to say out, one JSON line for each."""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from flows.understanding import Known, Understood, understand

# The demo's, so that a sentence can name them.
DOCTORS = (
    ("demo-doctor-1", "Dr Anil Sharma", "General physician"),
    ("demo-doctor-2", "Dr Priya Nair", "Paediatrician"),
    ("demo-doctor-3", "Dr Kavita Rao", "Dentist"),
    ("demo-doctor-4", "Dr Imran Siddiqui", "Dermatologist"),
    ("demo-doctor-5", "Dr Maria Lopes", "Dentist"),
)
KNOWN = Known(doctors=DOCTORS)
_NAMES = {key: name for key, name, _ in DOCTORS}
# What the chat tells apart and this answer does not.
_SAID = {"insurance": "price", "my_data": "unknown", "forget_me": "unknown", "medical": "unknown"}


class Unreadable(ValueError):
    """A line that asks nothing; its text says why."""


def run(lines: Iterable[str], out: TextIO) -> int:
    """Answer each line in order; empty ones are passed over. 1 where there were lines and none could be read."""
    asked = read = 0
    for line in filter(str.strip, lines):
        asked += 1
        try:
            answer = answered(line)
            read += 1
        except Unreadable as error:
            answer = {"error": str(error)}
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        out.flush()
    return 1 if asked and not read else 0


def answered(line: str) -> dict[str, Any]:
    """The answer to one line, or ``Unreadable``."""
    text, language, now = _asked(line)
    return shown(understand(text, language, now, KNOWN))


def _asked(line: str) -> tuple[str, str, datetime]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        raise Unreadable("This line is not JSON.") from None
    if not isinstance(asked, dict):
        raise Unreadable("A line is a JSON object with text, language, now and zone.")
    text, language, now, zone = (_text(asked, name) for name in ("text", "language", "now", "zone"))
    return text, language[:2].lower(), _now(now, zone)


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str):
        raise Unreadable(f'"{name}" is missing or is no text.')
    return value


def _now(now: str, zone: str) -> datetime:
    """The moment on that zone's clock; without an offset it is that clock's already."""
    try:
        place = ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise Unreadable('"zone" is no IANA time zone such as "Asia/Kolkata".') from None
    try:
        moment = datetime.fromisoformat(now)
        return moment.astimezone(place) if moment.tzinfo else moment.replace(tzinfo=place)
    except (ValueError, OverflowError):
        raise Unreadable('"now" is no ISO 8601 time such as "2027-03-10T10:00".') from None


def shown(said: Understood) -> dict[str, Any]:
    """The fields of the answer, null where nothing was said."""
    return {
        "intent": _SAID.get(said.intent, said.intent),
        "date_from": _day(said.date_from),
        "date_to": _day(said.date_to),
        "time_from": _time(said.time_from),
        "time_to": _time(said.time_to),
        "doctor": _NAMES.get(said.doctor),
        "for_whom": said.for_whom or None,
        "ordinal": said.ordinal,
        "confidence": said.confidence,
        "because": list(said.because),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _time(moment: time | None) -> str | None:
    return moment.strftime("%H:%M") if moment else None


def lines() -> Iterator[str]:
    """Standard input as UTF-8, whatever the terminal's own encoding; bytes that are none become marks."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")
