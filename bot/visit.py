"""A booked visit as a calendar file, for the link in its confirmation."""

from datetime import datetime

from icalendar import Calendar, Event

from clinic.views import AppointmentView

GONE = {"cancelled", "noshow"}


def calendar(visit: AppointmentView, now: datetime) -> bytes:
    """RFC 5545; a visit that was moved or cancelled replaces its earlier entry, for the ``UID`` stays."""
    event = Event()
    event.add("uid", f"{visit.id}@opdesk")
    event.add("dtstamp", now)
    event.add("dtstart", visit.start)
    event.add("dtend", visit.end)
    event.add("summary", f"{visit.service.name}, {visit.doctor.name}")
    event.add("location", ", ".join(part for part in (visit.clinic.name, visit.clinic.address) if part))
    event.add("description", visit.reference)
    event.add("status", "CANCELLED" if visit.status in GONE else "CONFIRMED")
    event.add("sequence", int(now.timestamp()))
    if visit.clinic.latitude is not None and visit.clinic.longitude is not None:
        event.add("geo", (visit.clinic.latitude, visit.clinic.longitude))
    page = Calendar()
    page.add("prodid", "-//OPDesk//EN")
    page.add("version", "2.0")
    page.add("method", "PUBLISH")
    page.add_component(event)
    return bytes(page.to_ical())
