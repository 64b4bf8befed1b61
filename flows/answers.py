"""Answers to questions about the practice, from its own data; the question that stood is asked again below them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, time

from clinic.views import ClinicView, DoctorView, OpenDay, ServiceView
from flows.speech import COMMAS, money
from flows.speech import day as say_day
from flows.speech import time as say_time
from flows.talk import Talk
from flows.understanding import Understood

PLACES = 3  # told at once
DOCUMENTS = {
    "identity_card": "bring_identity_card", "insurance_card": "bring_insurance_card", "referral": "bring_referral",
    "earlier_reports": "bring_earlier_reports", "test_results": "bring_test_results",
    "prescriptions": "bring_prescriptions", "medicines": "bring_medicines",
    "vaccination_card": "bring_vaccination_card",
}  # fmt: skip

Tell = Callable[[Talk, Understood], Awaitable[None]]


async def _places(talk: Talk, said: Understood) -> list[ClinicView]:
    """The clinic that was named, else the one that the conversation is about, else all: those of a named doctor."""
    clinics = await talk.clinics()
    named = said.clinic or talk.choices.get("clinic", "")
    if said.doctor and not said.clinic:
        where = {each.clinic_id for each in (await talk.practice()).offers if each.doctor_id == said.doctor}
        return [each for each in clinics if each.id in where][:PLACES]
    return [each for each in clinics if each.id == named] or clinics[:PLACES]


async def address(talk: Talk, said: Understood) -> None:
    """With the map, and the telephone."""
    for clinic in await _places(talk, said):
        lines = [talk.say("place", clinic=clinic.name, address=clinic.address)]
        if clinic.map_url:
            lines.append(talk.say("booked_map", url=clinic.map_url))
        if clinic.phone:
            lines.append(talk.say("telephone", number=clinic.phone))
        talk.tell("\n".join(lines))


async def hours(talk: Talk, said: Understood) -> None:
    """The coming seven days, holidays and absences taken into account; of a doctor where one was named."""
    doctor = next((each for each in (await talk.practice()).doctors if each.id == said.doctor), None)
    for clinic in await _places(talk, said):
        week = await talk.desk.week(clinic.id, talk.now, said.doctor if doctor else "")
        talk.tell("\n".join([_whose(talk, clinic, doctor), *_lines(talk, week)]))


def _whose(talk: Talk, clinic: ClinicView, doctor: DoctorView | None) -> str:
    if doctor:
        return talk.say("doctor_hours", doctor=doctor.name, clinic=clinic.name)
    return talk.say("opening_hours", clinic=clinic.name)


def _lines(talk: Talk, week: Sequence[OpenDay]) -> list[str]:
    """Days in a row with the same hours in one line."""
    runs: list[list[OpenDay]] = []
    for each in week:
        if runs and runs[-1][0].hours == each.hours:
            runs[-1].append(each)
        else:
            runs.append([each])
    return [
        talk.say("hours_line", days=_days(talk, run[0].day, run[-1].day, week[0].day), hours=_hours(talk, run[0].hours))
        for run in runs
    ]


def _days(talk: Talk, first: date, last: date, today: date) -> str:
    begins = say_day(first, talk.language, today)
    return begins if first == last else talk.say("from_to", first=begins, last=say_day(last, talk.language, today))


def _hours(talk: Talk, hours: tuple[tuple[time, time], ...]) -> str:
    spans = [
        talk.say("from_to", first=say_time(start, talk.language), last=say_time(end, talk.language))
        for start, end in hours
    ]
    return f"{COMMAS.get(talk.language, ',')} ".join(spans) or talk.say("closed")


async def price(talk: Talk, said: Understood) -> None:
    """Of the service that was named or chosen, else of all; only what the clinic tells."""
    places = await _places(talk, said)
    practice, wanted = await talk.practice(), said.service or talk.choices.get("service", "")
    for clinic in places:
        offered = {each.service_id for each in practice.offers if each.clinic_id == clinic.id}
        services = [each for each in practice.services if each.id in offered]
        services = [each for each in services if each.id == wanted] or services
        told = [_price(talk, each, clinic.currency) for each in services if each.price is not None]
        if told:
            talk.tell("\n".join([*([talk.say("prices_at", clinic=clinic.name)] if len(places) > 1 else []), *told]))
        else:
            _not_known(talk, clinic)


def _price(talk: Talk, service: ServiceView, currency: str) -> str:
    price = money(service.price or 0, currency, talk.language)
    return talk.say("price_line", service=service.name, price=price)


async def bring(talk: Talk, said: Understood) -> None:
    """What every visit needs, and what the service needs besides."""
    wanted = said.service or talk.choices.get("service", "")
    service = next((each for each in (await talk.practice()).services if each.id == wanted), None)
    for clinic in (await _places(talk, said))[: 1 if service else PLACES]:
        needs = dict.fromkeys([*clinic.bring, *(service.bring if service else ())])
        lines = [talk.say(DOCUMENTS[each]) for each in needs if each in DOCUMENTS]
        lines += [words for each in (clinic, service) if each and (words := _own_words(talk, each.bring_words))]
        if lines:
            talk.tell("\n".join([talk.say("please_bring", clinic=clinic.name), *(f"• {line}" for line in lines)]))
        else:
            talk.tell(talk.say("bring_nothing", clinic=clinic.name))


def _own_words(talk: Talk, words: tuple[tuple[str, str], ...]) -> str:
    """In the patient's language, else in the clinic's first."""
    known = dict(words)
    return known.get(talk.language) or next(iter(known.values()), "")


async def insurance(talk: Talk, said: Understood) -> None:
    """Those that are accepted; where that is not told, who can say it."""
    comma = f"{COMMAS.get(talk.language, ',')} "
    for clinic in await _places(talk, said):
        if clinic.insurances is None:
            _not_known(talk, clinic)
        elif clinic.insurances:
            talk.tell(talk.say("insurances", clinic=clinic.name, insurances=comma.join(clinic.insurances)))
        else:
            talk.tell(talk.say("no_insurance", clinic=clinic.name))


def _not_known(talk: Talk, clinic: ClinicView) -> None:
    text = talk.say("not_known_here", clinic=clinic.name)
    talk.tell(f"{text}\n{talk.say('telephone', number=clinic.phone)}" if clinic.phone else text)


async def no_advice(talk: Talk, _said: Understood) -> None:
    """What only a doctor may say."""
    talk.note("no_advice")


ANSWERS: dict[str, Tell] = {
    "address": address,
    "hours": hours,
    "price": price,
    "bring": bring,
    "insurance": insurance,
    "medical": no_advice,
}
