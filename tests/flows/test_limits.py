"""What a bubble can hold, and what steps do at the edges: places off the map, long lists, prices that are not told."""

from dataclasses import replace

import pytest
from fake_desk import CENTRE, DOCTORS, GARDEN, SERVICES, FakeDesk, returning
from player import Player

from clinic.distance import metres
from clinic.errors import ClinicError
from clinic.views import ChatView, ClinicView, PatientView, Slot, Wish
from flows.inbound import Kind
from flows.question import Question, page
from flows.reply import MAX_OPTIONS, Option, Reply, shorten

MORE = Option("more", "Show more")


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [("short", 5, "short"), ("longer", 5, "long…"), ("😀😀😀", 5, "😀😀…"), (" a b ", 3, "a b"), ("ab cd", 4, "ab…")],
)
def test_shorten_counts_as_whatsapp_does(text: str, limit: int, shown: str) -> None:
    assert shorten(text, limit) == shown


def test_three_short_options_are_buttons() -> None:
    short, long = Option("a", "Yes"), Option("b", "x" * 21)
    assert Reply("?", (short,)).as_buttons
    assert not Reply("?", (long,)).as_buttons
    assert not Reply("?", (Option("c", "Yes", "a row below"),)).as_buttons
    assert not Reply("?", (short, Option("d", "Yes"))).as_buttons
    assert not Reply("?").as_buttons


def test_a_reply_refuses_more_options_than_a_message_takes() -> None:
    with pytest.raises(ValueError, match="page them"):
        Reply("?", tuple(Option(str(n), str(n)) for n in range(11)))


@pytest.mark.parametrize(("count", "tail"), [(1, 0), (10, 0), (11, 0), (9, 1), (10, 1), (35, 1)])
def test_every_option_stands_on_one_page(count: int, tail: int) -> None:
    options = tuple(Option(str(n), str(n)) for n in range(count))
    question = Question("?", options, tuple(Option("other", "Other") for _ in range(tail)))
    pages, number = [page(question, 0, MORE)], 1
    while page(question, number, MORE) != pages[0]:
        pages.append(page(question, number, MORE))
        number += 1
    assert all(len(shown) <= MAX_OPTIONS for shown in pages)
    assert [option for shown in pages for option in shown if option.id.isdigit()] == list(options)
    assert (MORE in pages[0]) == (count + tail > MAX_OPTIONS)


def test_metres() -> None:
    assert metres((48.8566, 2.3522), (51.5074, -0.1278)) == pytest.approx(344_000, abs=1000)
    assert metres((12.9, 77.6), (12.9, 77.6)) == 0


async def to(player: Player, step: str) -> None:
    """Tap the first options until the step asks."""
    await player.text("hi")
    while player.session.step != step:
        await (player.first() if player.replies[-1].options else player.text("Asha Verma"))


async def test_a_place_off_the_map_comes_last() -> None:
    nowhere = ClinicView("new", "New Clinic", "", "Asia/Kolkata", "INR")
    player = Player(FakeDesk(places=(nowhere, CENTRE, GARDEN)))
    await to(player, "clinic")
    [reply] = await player.send(Kind.LOCATION, latitude=12.97, longitude=77.75)
    assert [option.title for option in reply.options] == ["Whitefield Clinic", "MG Road Clinic", "New Clinic"]
    assert reply.options[-1].description == ""


async def test_where_the_patient_was_is_forgotten_once_a_clinic_is_chosen() -> None:
    player = Player(FakeDesk())
    await to(player, "clinic")
    await player.send(Kind.LOCATION, latitude=12.97123456, longitude=77.75)
    assert player.session.choices["near"] == "12.97,77.75"
    await player.first()
    assert "near" not in player.session.choices


async def test_a_location_without_a_place_cannot_be_read() -> None:
    player = Player(FakeDesk())
    await to(player, "clinic")
    [reply] = await player.send(Kind.LOCATION)
    assert "I can read only text" in reply.text


async def test_a_price_that_is_not_told() -> None:
    desk = FakeDesk(offered=(replace(SERVICES[0], price=None), SERVICES[1]))
    player = Player(desk)
    await to(player, "service")
    assert player.replies[-1].options[0].description == "15 minutes"
    while player.session.step != "confirm":
        await player.first()
    assert "Price" not in player.replies[-1].text


async def test_a_long_list_of_clinics_is_paged_and_all_of_it_can_be_typed() -> None:
    places = tuple(replace(CENTRE, id=f"c{n}", name=f"{name} House") for n, name in enumerate(NAMES))
    player = Player(FakeDesk(places=places))
    await to(player, "clinic")
    assert [option.title for option in player.replies[-1].options][-1] == "Show more"
    await player.text("oscar house")
    assert (player.session.step, player.session.choices["clinic"]) == ("service", "c11")


async def test_a_long_list_and_words_that_are_not_in_it() -> None:
    places = tuple(replace(CENTRE, id=f"c{n}", name=f"{name} House") for n, name in enumerate(NAMES))
    player = Player(FakeDesk(places=places))
    await to(player, "clinic")
    player.desk.places = ()
    await player.text("qwxyz")
    assert player.session.step == "stuck"


NAMES = ("Amber", "Birch", "Cedar", "Delta", "Elm", "Fern", "Grove", "Hazel", "Iris", "Juniper", "Linden", "Oscar")


async def test_a_household_of_many() -> None:
    people = tuple(PatientView(f"p{n}", f"{name} Verma", n == 0) for n, name in enumerate(NAMES))
    desk = FakeDesk(known=ChatView("en", "2026-01", people))
    player = Player(desk)
    reply = await player.text("hello")
    assert [option.title for option in reply.options][-2:] == ["Show more", "Someone else"]
    reply = await player.tap("more")
    assert "Oscar Verma" in [option.title for option in reply.options]


class StrictDesk(FakeDesk):
    """Refuses with a code that no table knows."""

    async def book(self, *_args: object) -> None:  # type: ignore[override]
        raise ClinicError("closed today")

    async def doctors(self, clinic_id: str, service_id: str):  # type: ignore[no-untyped-def]
        return DOCTORS


async def test_a_refusal_that_the_table_does_not_know_is_raised() -> None:
    player = Player(returning(StrictDesk()))
    await to(player, "confirm")
    with pytest.raises(ClinicError, match="closed today"):
        await player.first()


async def test_a_whole_booking_leaves_a_small_session() -> None:
    player = Player(FakeDesk())
    await to(player, "confirm")
    assert len(player.session.to_json()) < 1000
    await player.first()
    assert player.session.choices == {"consent": "yes", "reference": "K7P-001"}
    assert player.session.trail == []


async def test_too_far_ahead_and_not_offered_are_told() -> None:
    from clinic.errors import SlotNotOffered, TooFarAhead

    for refusal, words in ((SlotNotOffered, "no longer offered"), (TooFarAhead, "further ahead")):
        player = Player(returning(refusing(refusal())))
        await to(player, "confirm")
        reply = await player.first()
        assert words in reply.text
        assert player.session.step == "time"


def refusing(error: ClinicError) -> FakeDesk:
    """A desk that never books."""

    class Refusing(FakeDesk):
        async def book(self, request_id: str, patient_id: str, wish: Wish, slot: Slot, *_rest: object):  # type: ignore
            raise error

    return Refusing()
