"""Links that open a chat with the practice and begin it at a clinic, a service, a doctor, or at the check-in."""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import phonenumbers

from clinic.channel import Channel
from clinic.check_in_word import chat_link, word_of
from clinic.directory import Directory
from clinic.errors import ClinicError, NotFound
from clinic.place import Clinic
from clinic.start_code import code_of

Kind = Literal["clinic", "service", "doctor", "check_in"]
WORDS = Path(__file__).with_name("deep_link_words.toml")
DEFAULT = "en"


class NoNumber(ClinicError):
    """There is no WhatsApp number to write to yet: give the practice a channel, with the number as patients dial it."""

    code = "no_number"


@dataclass(frozen=True, slots=True)
class Number:
    """A WhatsApp number of the practice: in digits for machines, and as people read it."""

    channel_id: str
    digits: str
    shown: str


@dataclass(frozen=True, slots=True)
class DeepLink:
    """``url`` opens WhatsApp with ``text`` typed in. ``id`` and ``name`` are those of what it begins with."""

    kind: Kind
    id: str
    name: str
    number: Number
    language: str
    text: str
    url: str


@cache
def words() -> dict[str, dict[str, str]]:
    """What links and posters say, by language."""
    return tomllib.loads(WORDS.read_text("utf-8"))


def spoken_at(directory: Directory, clinic: Clinic) -> list[str]:
    """The clinic's languages, else the practice's, as far as there are words for them; the first one leads."""
    known = [each for each in clinic.languages or directory.tenant.languages if each in words()]
    return known or [each for each in directory.tenant.languages if each in words()] or [DEFAULT]


def numbers_of(channels: Iterable[Channel]) -> list[Number]:
    """Those that have told how they are dialled, in the order in which they were added."""
    return [_number(each) for each in channels if any(map(str.isdigit, each.display_phone_number))]


def _number(channel: Channel) -> Number:
    digits = "".join(filter(str.isdigit, channel.display_phone_number))
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return Number(channel.id, digits, f"+{digits}")
    international = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return Number(channel.id, digits, phonenumbers.format_number(parsed, international))


def link_to(directory: Directory, clinic_id: str, kind: Kind, id: str, number: Number, language: str) -> DeepLink:
    """One link of a clinic; ``id`` names the service or the doctor. Raises ``NotFound`` for what cannot be booked
    there, and for a language that has no words."""
    return _made(directory, clinic_id, (kind, id, _name(directory, clinic_id, kind, id)), number, language)


def links_of(
    directory: Directory, clinic_id: str, numbers: Sequence[Number], languages: Sequence[str]
) -> Iterator[DeepLink]:
    """All links of a clinic: its own, its check-in, each service and each doctor that can be booked there."""
    clinic = directory.clinic(clinic_id)
    offers = [each for each in directory.practice.offers if each.clinic_id == clinic_id]
    services, doctors = {each.service_id for each in offers}, {each.doctor_id for each in offers}
    subjects: list[tuple[Kind, str, str]] = [("clinic", clinic.id, clinic.name), ("check_in", clinic.id, clinic.name)]
    subjects += [("service", each.id, each.name) for each in directory.practice.services if each.id in services]
    subjects += [("doctor", each.id, each.name) for each in directory.practice.doctors if each.id in doctors]
    for subject in subjects:
        for number in numbers:
            for language in languages:
                yield _made(directory, clinic_id, subject, number, language)


def _name(directory: Directory, clinic_id: str, kind: Kind, id: str) -> str:
    clinic = directory.clinic(clinic_id)
    if kind in ("clinic", "check_in"):
        return clinic.name
    offered = (each for each in directory.practice.offers if each.clinic_id == clinic_id)
    if not any(id == (each.service_id if kind == "service" else each.doctor_id) for each in offered):
        raise NotFound
    return directory.service(id).name if kind == "service" else directory.doctor(id).name


def _made(
    directory: Directory, clinic_id: str, subject: tuple[Kind, str, str], number: Number, language: str
) -> DeepLink:
    kind, named, name = subject
    if language not in words():
        raise NotFound
    code = _codes(directory, clinic_id, kind, named)
    text = words()[language][kind].format(name=name, code=code, word=word_of(directory.clinic(clinic_id)))
    return DeepLink(kind, named or clinic_id, name, number, language, text, chat_link(number.digits, text))


def _codes(directory: Directory, clinic_id: str, kind: Kind, id: str) -> str:
    """That of the clinic is added where the doctor or the service is elsewhere too."""
    if kind in ("clinic", "check_in"):
        return f"#{code_of(directory.tenant.id, 'clinic', clinic_id)}"
    field = f"{kind}_id"
    places = {each.clinic_id for each in directory.practice.offers if getattr(each, field) == id}
    parts = [(kind, id)] if len(places) == 1 else [(kind, id), ("clinic", clinic_id)]
    return " ".join(f"#{code_of(directory.tenant.id, part, one)}" for part, one in parts)
