"""Posters and links of a practice, for its operator."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, cast, get_args

from clinic import clock, poster
from clinic.channel import Channel
from clinic.deep_link import Kind, Number, links_of, numbers_of, spoken_at, words
from clinic.directory import Directory, fresh_directory
from clinic.errors import ClinicError, NotFound
from opdesk.errors import Trouble
from opdesk.runtime import runtime
from opdesk.settings import Settings


class Named(Protocol):
    """What a practice has several of."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


@dataclass(frozen=True)
class Wanted:
    """A poster as the operator asks for it."""

    tenant: str
    clinic: str = ""
    begins: str = "clinic"
    of: str = ""
    language: str = ""
    number: str = ""


async def write_poster(settings: Settings, wanted: Wanted, size: str, out: str) -> None:
    """Draw it into a file. Raises ``Trouble``."""
    _one_of(get_args(Kind), wanted.begins, "--for")
    _one_of(poster.SIZES, size.lower(), "--size")
    _check_language(wanted.language)
    async with runtime(settings):
        directory = await _directory(wanted.tenant)
        clinic = _chosen(directory.active_clinics(), wanted.clinic, "clinic")
        about = poster.About(
            cast("Kind", wanted.begins), _subject(directory, wanted), wanted.language, cast("poster.Size", size.lower())
        )
        try:
            number = _number(await _numbers(wanted.tenant), wanted.number)
            drawn = poster.pdf(poster.sheet_of(directory, clinic.id, about, number, clock.now()))
        except NotFound:
            raise Trouble(f"{wanted.of} cannot be booked at {clinic.name}: see `opdesk links`.") from None
        except ClinicError as error:
            raise Trouble(f"{error}") from None
    _keep(out, drawn)
    print(f"{out}: a poster for {clinic.name}, {size.upper()}. Print it at its actual size.")


def _keep(out: str, drawn: bytes) -> None:
    try:
        Path(out).write_bytes(drawn)
    except OSError as error:
        raise Trouble(f"{out} cannot be written ({error.strerror}): name another file by --out.") from None


async def list_links(settings: Settings, tenant: str, wanted: str, language: str) -> None:
    """Print a clinic's links. Raises ``Trouble``."""
    _check_language(language)
    async with runtime(settings):
        directory = await _directory(tenant)
        clinic = _chosen(directory.active_clinics(), wanted, "clinic")
        spoken = [language] if language else spoken_at(directory, clinic)
        for each in links_of(directory, clinic.id, await _numbers(tenant), spoken):
            print(f"{each.kind}  {each.name}  {each.language}  {each.url}")


async def _directory(tenant: str) -> Directory:
    try:
        return await fresh_directory(tenant)
    except NotFound:
        raise Trouble(f"There is no practice {tenant}: see `opdesk tenant list`.") from None


async def _numbers(tenant: str) -> list[Number]:
    found = numbers_of(await Channel.of(tenant).find(sort=[("_id", 1)]))
    if not found:
        raise Trouble("There is no number to write to: give a channel its --display number (`opdesk channel add`).")
    return found


def _number(numbers: list[Number], wanted: str) -> Number:
    digits = "".join(filter(str.isdigit, wanted))
    found = [each for each in numbers if each.digits == digits] if digits else numbers
    if not found:
        raise Trouble(f"The practice has no number {wanted}: see `opdesk channel list`.")
    return found[0]


def _subject(directory: Directory, wanted: Wanted) -> str:
    """The id of the service or the doctor."""
    match wanted.begins:
        case "service":
            return _chosen(directory.practice.services, wanted.of, "service").id
        case "doctor":
            return _chosen(directory.practice.doctors, wanted.of, "doctor").id
    return ""


def _chosen(records: Iterable[N], wanted: str, kind: str) -> N:
    """By id or name; the only one where none is named. Raises ``Trouble``."""
    known = list(records)
    found = [each for each in known if not wanted or wanted.casefold() in (each.id.casefold(), each.name.casefold())]
    if len(found) != 1:
        names = ", ".join(f"{each.name} ({each.id})" for each in known) or "there is none"
        raise Trouble(f"Which {kind}? {names}.")
    return found[0]


def _one_of(known: Iterable[str], wanted: str, option: str) -> None:
    if wanted not in known:
        raise Trouble(f"There is no {option} {wanted}: choose one of {', '.join(known)}.")


def _check_language(language: str) -> None:
    if language:
        _one_of(words(), language, "--language")
