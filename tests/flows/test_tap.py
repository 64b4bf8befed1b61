"""A template's buttons: what they say, and that they act on that very visit from wherever the conversation stands."""

from datetime import timedelta

import pytest
from fake_desk import FakeDesk, returning
from player import Player, moment

from flows.conversations import CONVERSATIONS
from flows.inbound import Kind
from flows.reply import Reply
from flows.session import HOME, Held, Session
from flows.tap import Tap, read_tap

TOMORROW = moment("2026-11-24 10:00")
PLACES = [(flow.name, step) for flow in CONVERSATIONS.values() for step in flow.steps]


@pytest.mark.parametrize(
    ("payload", "tap"),
    [
        ("visit.come.66f0.0", Tap("visit", "come", "66f0", 0)),
        ("visit.otherday.66f0.12", Tap("visit", "otherday", "66f0", 12)),
        ("offer.yes.66f0", Tap("offer", "yes", "66f0")),
        ("offer.stop.66f0", Tap("offer", "stop", "66f0")),
        ("mark.5.66f0", Tap("mark", "5", "66f0")),
        ("household.come.66f0", Tap("household", "come", "66f0")),
        ("household.cancel.66f0", None),
        ("visit.come.66f0", None),
        ("visit.come..0", None),
        ("visit.come.66f0.-1", None),
        ("visit.come.66f0.٣", None),
        ("visit.come.66f0.1234567890", None),
        ("visit.fly.66f0.0", None),
        ("offer.maybe.66f0", None),
        ("offer.yes.", None),
        ("mark.6.66f0", None),
        ("mark.0.66f0", None),
        ("12:visit", None),
        ("3:20261124T0430.15.nair", None),
        ("", None),
    ],
)
def test_payloads(payload: str, tap: Tap | None) -> None:
    assert read_tap(payload) == tap
    if tap:
        assert str(tap) == payload


def at_home() -> Player:
    player = Player(returning(FakeDesk()))
    player.desk.hold_visit("asha", "nair", TOMORROW)
    player.desk.hold_visit("ravi", "rao", TOMORROW + timedelta(days=1))
    return player


async def button(player: Player, payload: str) -> Reply:
    [reply] = await player.send(Kind.CHOICE, choice=payload)
    return reply


@pytest.mark.parametrize("place", PLACES, ids=".".join)
async def test_a_button_acts_on_its_own_visit_from_every_step(place: tuple[str, str]) -> None:
    player = at_home()
    flow, step = place
    player.session = Session(flow=flow, step=step, language="en", asked=7, choices={"visit": "v1", "seen": "0"})
    await button(player, "visit.come.v2.0")
    assert (player.session.flow, player.session.step) == ("appointments", "visit")
    assert player.desk.visits["v2"].coming_at
    assert player.desk.visits["v1"].coming_at is None


@pytest.mark.parametrize("place", PLACES, ids=".".join)
async def test_a_strangers_visit_is_refused_from_every_step(place: tuple[str, str]) -> None:
    player = at_home()
    flow, step = place
    player.session = Session(flow=flow, step=step, language="en", asked=7, choices={"visit": "v1", "seen": "0"})
    for action in ("come", "cancel", "move", "keep", "later", "otherday", "again"):
        reply = await button(player, f"visit.{action}.somebody-elses.0")
        assert reply.text.startswith("I am sorry, I cannot find this visit among yours.")
    assert all(visit.version == 0 for visit in player.desk.visits.values())


@pytest.mark.parametrize("action", ["come", "move", "cancel", "later", "otherday", "keep"])
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"start_version": 1}, "This visit has changed since then."),
        ({"status": "cancelled"}, "This visit is cancelled."),
        ({"status": "fulfilled"}, "This visit is over."),
        ({"status": "noshow"}, "We missed you at this visit."),
        ({"status": "arrived"}, "You have arrived for this visit."),
        ({"start": TOMORROW - timedelta(days=9), "end": TOMORROW - timedelta(days=8)}, "This visit is over."),
    ],
)
async def test_a_stale_button_says_so_and_changes_nothing(action: str, changes: dict[str, object], says: str) -> None:
    player = at_home()
    player.desk.staff_changed("v1", **changes)
    before = player.desk.visits["v1"]
    reply = await button(player, f"visit.{action}.v1.0")
    assert says in reply.text
    assert player.desk.visits["v1"] == before
    assert player.session.step == "visit"


async def test_a_button_weeks_later() -> None:
    player = at_home()
    player.now += timedelta(days=40)
    reply = await button(player, "visit.cancel.v1.0")
    assert "This visit is over." in reply.text
    reply = await player.tap("same")
    assert player.session.flow == HOME
    assert "Dr Priya Nair" in reply.text


async def test_rebooking_from_a_message_takes_one_tap() -> None:
    player = at_home()
    await button(player, "visit.again.v1.0")
    assert player.session.step == "visit", "it is on: nothing to book again"
    player.desk.staff_changed("v1", status="noshow")
    await button(player, "visit.again.v1.0")
    assert (player.session.flow, player.session.step) == (HOME, "time")
    assert player.session.choices["doctor"] == "nair"
    await player.first()
    await player.first()
    assert len(player.desk.booked) == 1


async def test_a_button_told_twice_counts_once() -> None:
    player = at_home()
    before, count = player.session, player.count
    once = await button(player, "visit.come.v1.0")
    player.session, player.count = before, count
    assert await button(player, "visit.come.v1.0") == once
    assert player.desk.visits["v1"].version == 1


async def test_the_half_done_booking_waits() -> None:
    player = at_home()
    await player.text("hi")
    await player.first()
    await player.first()
    choices, trail = player.session.choices, player.session.trail
    await button(player, "visit.keep.v1.0")
    assert player.session.aside == choices
    await player.tap("cancel")
    await player.text("menu")
    await player.tap("yes")
    assert (player.session.step, player.session.choices, player.session.trail) == ("confirm", choices, trail)
    assert not player.session.half_done or player.session.flow == HOME


async def test_starting_over_drops_the_booking_that_waits() -> None:
    player = at_home()
    await player.text("hi")
    await player.first()
    await button(player, "visit.keep.v1.0")
    await player.text("start over")
    assert player.session.choices == {}
    assert not player.session.aside


async def test_back_leads_to_the_booking_that_waits() -> None:
    player = at_home()
    await player.text("hi")
    await player.first()
    await button(player, "visit.keep.v1.0")
    await player.text("back")
    assert (player.session.flow, player.session.step) == (HOME, "time")


async def test_a_button_of_another_kind_is_an_earlier_question() -> None:
    player = at_home()
    await player.text("hi")
    reply = await button(player, "parcel.yes.v1")
    assert "earlier question" in reply.text


async def test_a_mark_takes_one_tap_and_a_low_one_asks_somebody_to_call_once() -> None:
    player = at_home()
    player.now += timedelta(days=5)
    await button(player, "mark.4.v1")
    assert not player.desk.calls
    await button(player, "mark.2.v1")
    [card] = player.desk.calls
    assert (card["reason"], card["step"]) == ("low_mark", "marked")
    assert card["choices"] == {"visit": "v1", "patient": "asha", "clinic": "centre"}


async def test_words_about_a_visit_are_kept_whole() -> None:
    player = at_home()
    player.now += timedelta(days=5)
    await button(player, "mark.5.v1")
    await player.text("Kind. " * 100)
    assert player.desk.log == [f"said of A4C-001: {('Kind. ' * 100).strip()}"]


async def held() -> Player:
    """A conversation that somebody of the clinic has."""
    player = at_home()
    until = (player.now + timedelta(hours=1)).timestamp()
    player.session = Session(language="en", held=Held("staff-1", until))
    return player


async def test_a_button_is_answered_while_a_person_has_the_conversation() -> None:
    player = await held()
    await button(player, "visit.come.v1.0")
    assert player.desk.visits["v1"].coming_at
    await button(player, "visit.cancel.v1.0")
    await player.tap("time")
    await player.tap("cancel")
    assert player.desk.visits["v1"].status == "cancelled"
    assert player.session.held == Held("staff-1", player.session.held.until)  # type: ignore[union-attr]


async def test_what_is_written_to_the_person_stays_with_the_person() -> None:
    player = await held()
    await button(player, "visit.cancel.v1.0")
    assert await player.send(Kind.TEXT, text="Sorry, wrong button!") == []
    assert player.session.held
    assert player.session.held.unheard
    assert player.desk.visits["v1"].status == "booked"


async def test_a_person_who_spoke_since_has_the_taps_too() -> None:
    player = await held()
    await button(player, "visit.cancel.v1.0")
    shown = player.replies[-1].options[0].id
    await player.send(Kind.SAY, text="Shall I do that for you?", by="staff-1", hold=600)
    assert await player.send(Kind.CHOICE, choice=shown) == []
