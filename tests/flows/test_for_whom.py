"""Who the visit is for, where that changes on the way; and the language that all of a bubble is in."""

from dataclasses import replace
from datetime import timedelta

from fake_desk import OWNER, SON, FakeDesk, returning
from player import Player

from clinic.views import PatientView
from flows.inbound import Kind


async def test_for_me_after_someone_else_is_the_one_who_is_known() -> None:
    player = Player(returning(FakeDesk()))
    await player.text("hi")
    await player.tap("other_person")
    asked = await player.text("for me")
    assert player.session.choices == {"patient": OWNER.id}
    assert "Which clinic" in asked.text
    while not player.desk.booked:
        await player.first()
    assert player.desk.known.patients == (OWNER, SON), "nobody was written down a second time"


async def test_for_me_by_somebody_who_is_not_known_yet() -> None:
    player = Player(FakeDesk())
    await player.text("hi")
    while player.session.step != "person":
        await player.first()
    await player.text("someone else")
    await player.text("for me")
    assert player.session.step == "person"
    await player.text("Asha Verma")
    assert player.session.choices["self"] == "yes"


async def test_two_records_of_the_same_person_are_two_rows() -> None:
    desk = returning(FakeDesk())
    twin = PatientView("twin", "A. Verma")
    desk.known = replace(desk.known, patients=(*desk.known.patients, twin))
    player = Player(desk)
    bubble = await player.text("hi")
    names = [option.id.partition(":")[2] for option in bubble.options]
    assert names.count("me") == 1
    assert "twin" in names
    await player.tap("A. Verma")
    assert player.session.choices["patient"] == "twin"


async def test_an_apology_is_in_the_language_that_is_gone_on_in() -> None:
    player = Player(returning(FakeDesk(), "en"))
    await player.text("hi")
    await player.tap("me")
    player.now += timedelta(hours=4)
    player.lateness = timedelta(hours=4)
    (bubble,) = await player.send(Kind.TEXT, text="español")
    assert player.session.language == "es"
    assert "Su mensaje me ha llegado con retraso" in bubble.text
    assert "late" not in bubble.text
