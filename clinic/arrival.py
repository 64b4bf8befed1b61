"""A patient's own "I am here": believed where they share a location near the clinic, or send its QR code's word."""

from datetime import datetime

from clinic import attendance, check_in_word
from clinic.appointment import Appointment
from clinic.booking import Asker
from clinic.directory import Directory
from clinic.distance import metres
from clinic.errors import ElsewhereNow, NotOnMap, NotToday, TooEarly, TooFarAway
from clinic.place import Clinic
from clinic.queue_entry import QueueEntry
from clinic.views import Proof
from clinic.wall_clock import MINUTE, local_day


async def arrive(
    directory: Directory, visit: Appointment, proof: Proof, asker: Asker, now: datetime
) -> tuple[Appointment, QueueEntry]:
    """The patient's number: the same one for who is here already, whoever checked them in.

    Raises ``NotToday``, ``TooEarly``, ``TooFarAway``, ``NotOnMap``, ``ElsewhereNow``, ``NotExpected``.
    """
    if visit.status not in attendance.HERE:
        clinic = directory.clinic(visit.clinic_id)
        check_time(clinic, visit.start, now)
        check_place(clinic, proof)
    return await attendance.check_in(directory, visit, asker, now)


def opens_at(clinic: Clinic, start: datetime) -> datetime:
    """From when on a patient may check in by chat."""
    return start - clinic.arrive_early_minutes * MINUTE


def check_time(clinic: Clinic, start: datetime, now: datetime) -> None:
    """Raises ``NotToday``, ``TooEarly``."""
    if local_day(start, clinic.zone) != local_day(now, clinic.zone):
        raise NotToday
    if now < opens_at(clinic, start):
        raise TooEarly


def check_place(clinic: Clinic, proof: Proof) -> None:
    """Raises ``ElsewhereNow``, ``NotOnMap``, ``TooFarAway``."""
    if proof.clinic_id:
        if proof.clinic_id != clinic.id:
            raise ElsewhereNow
        return
    if clinic.latitude is None or clinic.longitude is None:
        raise NotOnMap
    if proof.here is None:
        raise TooFarAway
    away = metres(proof.here, (clinic.latitude, clinic.longitude))
    if not away <= clinic.arrive_metres:
        raise TooFarAway(away)


def clinic_of(directory: Directory, text: str) -> str:
    """The id of the clinic whose word is in a text; empty for none."""
    if not (found := check_in_word.words_in(text)):
        return ""
    words = {check_in_word.word_of(clinic): clinic.id for clinic in directory.active_clinics()}
    return next((words[word] for word in found if word in words), "")
