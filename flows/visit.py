"""A visit that is booked, as the patient is told of it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from clinic.views import AppointmentView, Slot
from flows.speech import short_day
from flows.speech import time as say_time
from flows.steps.confirm import Visit, summary
from flows.talk import Talk
from flows.wanted import moment_text

STATES = {
    "arrived": "visit_arrived",
    "checked-in": "visit_arrived",
    "fulfilled": "visit_over",
    "cancelled": "visit_cancelled",
    "noshow": "visit_missed",
}


def is_open(visit: AppointmentView, now: datetime) -> bool:
    """Whether it lies ahead, so that the patient may still decide about it."""
    return visit.status == "booked" and visit.start > now


def state(visit: AppointmentView, now: datetime) -> str:
    """The text that says how it stands."""
    if visit.status in STATES:
        return STATES[visit.status]
    if visit.start <= now:
        return "visit_over" if visit.end <= now else "visit_due"
    return "visit_coming" if visit.coming_at else "visit_booked"


def what(talk: Talk, visit: AppointmentView) -> str:
    """All that was agreed on."""
    slot = Slot(visit.start, visit.end, visit.doctor.id)
    return summary(talk, Visit(visit.clinic, visit.service, visit.doctor, slot, visit.patient.name))


def when(talk: Talk, visit: AppointmentView) -> str:
    """ "Tomorrow, Tue 24 Nov, at 5:00 pm"."""
    return moment_text(talk, visit.start, ZoneInfo(visit.clinic.zone))


def row(talk: Talk, visit: AppointmentView) -> tuple[str, str]:
    """Title and description in a list: when, with whom, for whom."""
    zone = ZoneInfo(visit.clinic.zone)
    moment, today = visit.start.astimezone(zone), talk.now.astimezone(zone).date()
    title = talk.say(
        "slot", time=say_time(moment.time(), talk.language), day=short_day(moment.date(), talk.language, today)
    )
    return title, f"{visit.doctor.name}, {visit.patient.name}"


def told(talk: Talk, key: str, visit: AppointmentView) -> str:
    """In full: reference, visit and, while it is booked, the way there and the calendar."""
    links = [
        talk.say(key, url=url)
        for key, url in (("booked_map", visit.clinic.map_url), ("booked_calendar", visit.ics_url))
        if url and visit.status == "booked"
    ]
    text = talk.say(key, reference=visit.reference, summary=what(talk, visit))
    return "\n\n".join([text, "\n".join(links)] if links else [text])
