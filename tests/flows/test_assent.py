"""A yes that says once more what is shown books, moves or cancels; one that names something else asks again."""

from datetime import timedelta

import pytest
from fake_desk import FakeDesk, returning
from player import MONDAY, Player

SAME = [  # as it is shown: Dr Anil Sharma, MG Road Clinic, a consultation for Asha Verma, today at 9:00
    ("en", "yes, 9 am is fine"), ("en", "yes, today at 9 is fine"), ("en", "yes with dr sharma"),
    ("en", "yes at MG Road"), ("en", "yes for me"), ("en", "yes, for Asha at 9"), ("en", "ok in the morning"),
    ("en", "yes, book dr sharma today at 9 am please"), ("es", "sí, a las 9 está bien"),
    ("es", "sí, con el dr Sharma"), ("es", "sí, hoy a las 9"), ("fr", "oui, 9h me convient"),
    ("fr", "oui, avec le dr Sharma"), ("fr", "oui, aujourd'hui"), ("pt", "sim, às 9 está bem"),
    ("pt", "sim, com o dr Sharma"), ("pt", "sim, hoje"), ("hi", "हाँ, 9 बजे ठीक है"), ("hi", "haan 9 baje theek hai"),
    ("hi", "हाँ डॉ शर्मा"), ("hi", "हाँ, आज"), ("ar", "نعم، الساعة 9 مناسب"), ("ar", "نعم مع الدكتور شارما"),
    ("ar", "نعم، اليوم"), ("en", "yes, monday at 9"), ("es", "sí, el lunes"), ("fr", "oui, lundi"),
    ("pt", "sim, segunda"), ("hi", "haan somvar ko"), ("ar", "نعم، الاثنين"),
]  # fmt: skip
ANOTHER = [
    ("en", "yes but 5 pm"), ("en", "yes tomorrow"), ("en", "yes with dr rao"), ("en", "yes for my son"),
    ("en", "yes for Ravi"), ("en", "yes at 8"), ("en", "yes, Whitefield"), ("en", "ok, a health check"),
    ("en", "yes, not today"), ("en", "yes 9 am but with another doctor"), ("en", "is 9 am ok?"),
    ("en", "yes, next monday"), ("en", "yes, monday the 30th"), ("en", "yes, tuesday"),
    ("en", "yes, after 9"), ("en", "yes before 9"), ("en", "yes but not at 9"), ("es", "sí, no con el dr Sharma"),
    ("fr", "oui pas à 9h"), ("pt", "sim, não às 9"), ("hi", "haan 9 baje nahi"), ("ar", "نعم ليس الساعة 9"),
    ("es", "sí pero a las 5"), ("es", "sí, mañana"), ("es", "sí, con la dra Rao"), ("fr", "oui mais 17h"),
    ("fr", "oui, demain"), ("fr", "oui, avec le dr Rao"), ("pt", "sim mas às 17h"), ("pt", "sim, amanhã"),
    ("pt", "sim, com a dra Rao"), ("hi", "हाँ पर 5 बजे"), ("hi", "हाँ, कल"), ("hi", "haan dr rao"),
    ("ar", "نعم لكن الساعة 5"), ("ar", "نعم، غدا"), ("ar", "نعم مع الدكتورة راو"),
]  # fmt: skip


async def asked(language: str) -> Player:
    player = Player(returning(FakeDesk(), language))
    await player.text("hi")
    await player.until("confirm")
    return player


@pytest.mark.parametrize(("language", "text"), SAME)
async def test_what_is_shown_said_once_more_is_a_yes(language: str, text: str) -> None:
    player = await asked(language)
    await player.text(text)
    [visit] = player.desk.booked.values()
    assert (visit.doctor.id, visit.clinic.id, visit.start) == ("sharma", "centre", MONDAY + timedelta(hours=1))


@pytest.mark.parametrize(("language", "text"), ANOTHER)
async def test_anything_else_that_is_named_asks_again(language: str, text: str) -> None:
    player = await asked(language)
    await player.text(text)
    assert not player.desk.booked
    assert player.session.options


VISIT = MONDAY + timedelta(days=2)  # Wednesday, 8 in the morning


async def has_visit(sentence: str, step: str) -> Player:
    player = Player(returning(FakeDesk()))
    player.desk.hold_visit("asha", "nair", VISIT)
    await player.text(sentence)
    await player.until(step)
    return player


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("yes, cancel the one on wednesday", "cancelled"), ("yes, wednesday at 8", "cancelled"),
        ("yes with dr nair", "cancelled"), ("yes, wednesday at 9", "booked"), ("yes the one on friday", "booked"),
        ("yes with dr rao", "booked"),
    ],
)  # fmt: skip
async def test_it_cancels_the_visit_that_is_shown_and_no_other(text: str, status: str) -> None:
    player = await has_visit("cancel my appointment", "sure")
    await player.text(text)
    assert [visit.status for visit in player.desk.visits.values()] == [status]


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("yes, friday 10 am is fine", True), ("yes, move it to friday at 10", True), ("yes with dr nair", True),
        ("yes but 11 am", False), ("yes with dr rao", False), ("yes, wednesday", False),
    ],
)  # fmt: skip
async def test_it_moves_to_the_time_that_is_shown_and_to_no_other(text: str, moved: bool) -> None:
    player = await has_visit("move my appointment to friday 10 am", "confirm")
    await player.text(text)
    assert [visit.start != VISIT for visit in player.desk.visits.values()] == [moved]
