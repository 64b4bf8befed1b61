"""A patient's own sentence: what it leads to, what it never does by itself, and that an answer stays an answer."""

from dataclasses import replace
from datetime import timedelta
from time import perf_counter

import pytest
from fake_desk import CENTRE, GARDEN, FakeDesk, returning
from player import MONDAY, Player

from clinic.views import ClinicView
from flows.inbound import Inbound, Kind
from flows.reply import BODY
from flows.session import Session
from flows.turn import turn


def known(language: str = "en") -> Player:
    return Player(returning(FakeDesk(), language))


async def at(player: Player, step: str) -> Player:
    """Tap the first options until the step asks."""
    await player.text("hi")
    await player.until(step)
    return player


async def test_one_sentence_books_with_one_yes() -> None:
    player = known()
    reply = await player.text("follow-up with dr nair tomorrow at 5 pm for me")
    assert player.session.step == "confirm"
    assert "Follow-up with Dr Priya Nair" in reply.text
    assert not player.desk.booked
    await player.text("yes")
    [visit] = player.desk.booked.values()
    assert (visit.doctor.id, visit.patient.id, visit.start) == (
        "nair",
        "asha",
        MONDAY.replace(hour=11, minute=30) + timedelta(1),
    )


async def test_only_what_is_missing_is_asked() -> None:
    player = known()
    reply = await player.text("dr nair tomorrow after 5 for me")
    assert player.session.step == "service"
    assert "Understood: Dr Priya Nair" in reply.text
    await player.tap("Consultation")
    assert player.session.step == "slot"
    assert {option.title for option in player.replies[-1].options} >= {"5:00 pm", "5:30 pm"}
    assert "9:00 am" not in {option.title for option in player.replies[-1].options}


async def test_a_doctor_of_two_clinics_leaves_the_clinic_to_be_asked() -> None:
    player = known()
    await player.text("dr sharma tomorrow for me")
    assert player.session.step == "clinic"
    await player.tap("Whitefield Clinic")
    await player.tap("Consultation")
    assert player.session.choices["doctor"] == "sharma"
    assert player.session.step in ("part", "slot")


async def test_what_was_chosen_before_gives_way_and_the_rest_stays() -> None:
    player = await at(known(), "confirm")
    await player.text("with dr rao on wednesday at 10")
    assert player.session.step == "confirm"
    assert player.session.choices["slot"].endswith(".rao")
    assert player.session.choices["clinic"] == "centre"
    assert not player.desk.booked


async def test_a_doctor_of_another_clinic_takes_the_booking_there() -> None:
    player = await at(known(), "confirm")
    await player.text("with dr lopes on wednesday at 10")
    assert player.session.choices["clinic"] == "garden"
    assert player.session.choices["slot"].endswith(".lopes")


async def test_what_nobody_offers_together_is_said() -> None:
    player = known()
    reply = await player.text("dr nair at Whitefield Clinic for me")
    assert "not offered together" in reply.text
    assert reply.options


async def test_a_sentence_never_cancels_or_moves_by_itself() -> None:
    player = known()
    visit = player.desk.hold_visit("asha", "nair", MONDAY + timedelta(days=2))
    for text in ("cancel my appointment on wednesday", "please cancel it now, yes", "move my visit to friday 10 am"):
        await player.text(text)
        assert (
            player.desk.visits[visit.id if hasattr(visit, "id") else next(iter(player.desk.visits))].status == "booked"
        )
        assert not [line for line in player.desk.log if line.startswith(("cancelled", "moved"))]
    assert player.session.step == "confirm"


async def test_of_two_visits_the_one_that_was_named_is_asked_about() -> None:
    player = known()
    player.desk.hold_visit("asha", "nair", MONDAY + timedelta(days=1))
    player.desk.hold_visit("asha", "rao", MONDAY + timedelta(days=2))
    reply = await player.text("please cancel my appointment with dr rao")
    assert player.session.step == "why"
    assert "Dr Kavita Rao" in reply.text


async def test_a_visit_that_there_is_not_is_not_taken_for_another() -> None:
    player = known()
    player.desk.hold_visit("asha", "nair", MONDAY + timedelta(days=1))
    reply = await player.text("cancel my appointment with dr rao")
    assert "I find no visit like that" in reply.text
    assert player.desk.visits[next(iter(player.desk.visits))].status == "booked"


@pytest.mark.parametrize("name", ["Mercy Stop", "Will Moore", "Grace Price", "Hope Cancel", "Dolores Payne"])
async def test_a_name_is_a_name(name: str) -> None:
    player = Player(FakeDesk(languages=("en",)))
    await player.text("hi")
    await player.first()
    assert player.session.step == "person"
    await player.text(name)
    assert player.session.choices.get("name") == name
    assert not player.desk.calls


async def test_at_a_name_a_question_is_a_question_and_an_emergency_one() -> None:
    player = Player(FakeDesk(languages=("en",)))
    await player.text("hi")
    await player.first()
    assert player.session.step == "person"
    reply = await player.text("where are you located?")
    assert "12 MG Road" in reply.text
    assert player.session.step == "person"
    await player.text("he is bleeding heavily, please help")
    assert player.session.step == "emergency"


async def test_an_answer_longer_than_a_bubble_gives_way_to_the_question() -> None:
    far = tuple(replace(place, address="12 Long Road " * 50) for place in (CENTRE, GARDEN))
    player = Player(returning(FakeDesk(places=far)))
    question = (await at(player, "clinic")).replies[-1].text
    reply = await player.text("what is your address?")
    assert reply.text.endswith(question)
    assert len(reply.text.encode("utf-16-le")) // 2 <= BODY


async def test_a_clinic_that_tells_nothing_is_said_to() -> None:
    nothing = ClinicView("centre", "MG Road Clinic", "", "Asia/Kolkata", "INR", phone="+91 80 1")
    player = Player(returning(FakeDesk(places=(nothing,))))
    reply = await player.text("which insurance do you accept?")
    assert "I do not have that information about MG Road Clinic" in reply.text
    assert "+91 80 1" in reply.text


async def test_no_insurance_is_told_as_none() -> None:
    player = Player(returning(FakeDesk(places=(replace(CENTRE, insurances=()),))))
    assert "accepts no insurance" in (await player.text("do you take insurance?")).text


async def test_the_emergency_number_of_the_practice_where_the_clinic_has_none() -> None:
    class Practice(FakeDesk):
        async def tenant(self):  # type: ignore[no-untyped-def]
            return replace(await super().tenant(), emergency_number="+91 22 911")

    player = Player(returning(Practice(places=(GARDEN,))))
    reply = await player.text("chest pain")
    assert "112" in reply.text
    assert "Asha Clinics: +91 22 911" in reply.text


async def test_an_emergency_is_answered_also_while_a_person_has_the_conversation() -> None:
    player = known()
    await player.text("hi")
    await player.send(Kind.TAKE, by="ann", hold=1800)
    assert await player.send(Kind.TEXT, text="are you there?") == []
    [reply] = await player.send(Kind.TEXT, text="my father has chest pain")
    assert "112" in reply.text
    assert player.session.held


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "lol ok whatever"), ("en", "ok whatever"), ("en", "yes but later"), ("en", "ok i guess"),
        ("en", "yes, but next week"), ("es", "sí pero más tarde"), ("fr", "oui mais plus tard"),
        ("pt", "sim mas depois"), ("hi", "हाँ लेकिन बाद में"), ("ar", "نعم لكن لاحقا"),
    ],
)  # fmt: skip
async def test_a_yes_with_something_else_around_it_books_nothing_yet(language: str, text: str) -> None:
    player = await at(known(language), "confirm")
    await player.text(text)
    assert not player.desk.booked
    if player.session.step == "confirm":
        await player.text({"es": "sí", "fr": "oui", "pt": "sim", "hi": "हाँ", "ar": "نعم"}.get(language, "yes"))
        assert len(player.desk.booked) == 1


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "yes"), ("en", "ok"), ("en", "👍"), ("en", "sure, go ahead please"), ("en", "yes that's right"),
        ("en", "Yes, book it"), ("en", "yes yes book it"), ("es", "sí, por favor"), ("fr", "oui, cela me convient"),
        ("pt", "sim, pode marcar"), ("hi", "haan ji theek hai"), ("ar", "نعم، هذا يناسبني"),
    ],
)  # fmt: skip
async def test_a_yes_in_many_words_books(language: str, text: str) -> None:
    player = await at(known(language), "confirm")
    await player.text(text)
    assert len(player.desk.booked) == 1


@pytest.mark.parametrize(
    ("begin", "step"), [("cancel my appointment", "sure"), ("move my appointment to friday 10 am", "confirm")]
)
async def test_neither_moves_nor_cancels_it_yet(begin: str, step: str) -> None:
    player = await at(known(), "confirm")
    await player.text("yes")
    await player.text(begin)
    await player.until(step)
    before = [(visit.start, visit.status) for visit in player.desk.visits.values()]
    await player.text("lol ok whatever")
    assert player.session.step == step
    assert [(visit.start, visit.status) for visit in player.desk.visits.values()] == before


async def test_after_an_emergency_a_typed_yes_confirms_nothing() -> None:
    player = await at(known(), "confirm")
    await player.text("I have chest pain")
    await player.text("yes")
    assert not player.desk.booked
    assert player.session.step == "confirm"


async def test_texts_in_a_row_are_one_sentence_and_the_last_one_may_be_the_answer() -> None:
    player = await at(known(), "clinic")
    await player.send(Kind.TEXT, text="hmm\n2", last="2")
    assert player.session.choices["clinic"] == "garden"


async def test_of_texts_in_a_row_a_last_yes_alone_confirms_nothing() -> None:
    player = await at(known(), "confirm")
    await player.send(Kind.TEXT, text="wait a moment\nlet me look\nyes", last="yes")
    assert not player.desk.booked


@pytest.mark.parametrize("text", ["xyzzy plugh", "2", "dr sharma tomorrow after 5 for my son", "Asha Verma"])
async def test_a_typed_turn_costs_little(text: str) -> None:
    """A bound that only a mistake breaks: tables are read once, names are not likened again and again."""
    player = await at(known(), "clinic")
    inbound = Inbound("m", player.now, Kind.TEXT, text)
    best = 1.0
    for _ in range(30):
        session = Session.from_json(player.session.to_json())
        began = perf_counter()
        await turn(player.flows, session, inbound, player.desk, player.now)
        best = min(best, perf_counter() - began)
    assert best < 0.01


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("what are your opening hours please", "en"),
        ("quiero una cita con el doctor Sharma mañana", "es"),
        ("मुझे कल डॉक्टर से मिलना है", "hi"),
    ],
)
async def test_a_whole_sentence_settles_the_question_of_the_language(text: str, language: str) -> None:
    player = Player(FakeDesk(languages=("en", "es", "hi")))
    await player.text("hey")
    assert player.session.step == "language"
    await player.text(text)
    assert (player.session.language, player.session.step == "language") == (language, False)
