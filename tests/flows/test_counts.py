"""How many messages of their own patients need: the product's promise, counted."""

import pytest
from fake_desk import FakeDesk, returning
from form_phone import FormPhone
from player import Player

from flows.inbound import Kind


async def tap_first_or_type(player: Player, first_words: str) -> int:
    """Tap the first option each time, type a name where there is nothing to tap; the number of own messages."""
    await player.text(first_words)
    while not player.desk.booked:
        await (player.first() if player.replies[-1].options else player.text("Asha Verma, 14 May 1990"))
        assert player.count < 20, "the first options lead round in a circle"
    return player.count


async def test_new_patient_books_in_nine_messages() -> None:
    player = Player(FakeDesk())
    assert await tap_first_or_type(player, "hi") <= 9
    assert len(player.replies) == player.count


async def test_new_patient_who_writes_in_an_offered_language_needs_one_less() -> None:
    player = Player(FakeDesk())
    assert await tap_first_or_type(player, "hola") <= 8
    assert player.session.language == "es"


async def test_new_patient_of_a_clinic_that_asks_for_the_date_of_birth() -> None:
    desk = FakeDesk(languages=("en", "hi"))
    from dataclasses import replace

    desk.places = tuple(replace(place, asks_birth_date=True) for place in desk.places)
    assert await tap_first_or_type(Player(desk), "hi") <= 9


async def test_returning_patient_books_in_five_messages() -> None:
    player = Player(returning(FakeDesk()))
    assert await tap_first_or_type(player, "hi") <= 5


async def test_returning_patient_types_instead_of_tapping() -> None:
    player = Player(returning(FakeDesk()))
    for text in ("hello", "1", "tomorrow at 5 pm", "yes"):
        await player.text(text)
    assert len(player.desk.booked) == 1


async def test_returning_patient_books_by_form_in_three_messages() -> None:
    """Hello, for me, and the form: three bubbles in answer."""
    player = Player(returning(FakeDesk(booking_form=True)))
    await player.text("hi")
    await player.tap("me")
    phone = FormPhone(player)
    await phone.fill_in()
    await phone.send()
    assert len(player.desk.booked) == 1
    assert player.count == len(player.replies) == 3


@pytest.mark.parametrize("detour", ["menu", "help", "hello", "back", "human", "start over", "what?"])
async def test_first_options_lead_to_a_booking_from_every_step(detour: str) -> None:
    """Wherever the patient strays, tapping the first option still ends in a booking."""
    for length in range(1, 9):
        player = Player(FakeDesk())
        await player.text("hi")
        for _ in range(length):
            await (player.first() if player.replies[-1].options else player.text("Asha Verma"))
        if player.desk.booked:
            return
        await player.text(detour)
        while not player.desk.booked:
            await (player.first() if player.replies[-1].options else player.text("Asha Verma"))
            assert player.count < 40, f"{detour!r} after {length} messages leads round in a circle"


async def test_a_booking_that_is_asked_for_twice_is_one_booking() -> None:
    """The same message run twice, as after a crash, changes nothing and says the same."""
    player = Player(FakeDesk())
    await player.text("hi")
    while "yes" not in player.session.shown or player.session.step != "confirm":
        await (player.first() if player.replies[-1].options else player.text("Asha Verma"))
    before, count = player.session, player.count
    [once] = await player.send(Kind.CHOICE, choice=f"{before.asked}:yes")
    player.session, player.count = before, count
    [twice] = await player.send(Kind.CHOICE, choice=f"{before.asked}:yes")
    assert once == twice
    assert len(player.desk.booked) == 1
