"""Seeing, moving and cancelling visits: few messages, nothing twice, nothing that was not shown."""

from datetime import timedelta

import pytest
from fake_desk import FakeDesk, returning
from player import Player, moment

from clinic.errors import ClinicError, TooLateToCancel, TooLateToMove
from flows.inbound import Kind
from flows.session import HOME

TOMORROW = moment("2026-11-24 10:00")


def player_with(*doctors: str, **desk: object) -> Player:
    """Asha, who has visits with these doctors from tomorrow on."""
    player = Player(returning(FakeDesk(**desk)))  # type: ignore[arg-type]
    for number, doctor in enumerate(doctors):
        player.desk.hold_visit("asha", doctor, TOMORROW + timedelta(days=number))
    return player


async def count(player: Player, *said: str) -> int:
    """Messages until the desk has done something. "[x]" is a tap, "" the first option."""
    for words in said:
        tapped = words.startswith("[") or not words
        await (player.tap(words.strip("[]") or player.replies[-1].options[0].id.partition(":")[2]) if tapped
               else player.text(words))  # fmt: skip
    assert player.desk.log, "nothing has happened"
    return player.count


async def test_a_move_takes_three_messages() -> None:
    player = player_with("nair")
    assert await count(player, "reschedule", "", "yes") == 3
    assert player.desk.visits["v1"].start_version == 1


async def test_a_move_from_a_reminder_takes_three_taps() -> None:
    player = player_with("nair", "rao")
    await player.send(Kind.CHOICE, choice="visit.move.v2.0")
    assert await count(player, "", "[move]") == 3
    assert [visit.start_version for visit in player.desk.visits.values()] == [0, 1]


async def test_a_move_of_one_among_several_takes_four_messages() -> None:
    player = player_with("nair", "rao")
    assert await count(player, "move my appointment", "", "", "yes") == 4


async def test_one_who_names_day_and_time_needs_no_list() -> None:
    player = player_with("nair")
    assert await count(player, "reschedule", "friday 5 pm", "yes") == 3
    assert player.desk.visits["v1"].start == moment("2026-11-27 17:00")


async def test_a_cancellation_takes_three_messages() -> None:
    assert await count(player_with("nair"), "cancel", "[time]", "yes") == 3


async def test_coming_takes_one_tap() -> None:
    player = player_with("nair")
    await player.send(Kind.CHOICE, choice="visit.come.v1.0")
    assert player.desk.log == ["will come Tue 24 Nov 10:00 to Dr Priya Nair"]


async def test_rebooking_after_a_cancellation_takes_three_taps() -> None:
    player = player_with("nair")
    before = await count(player, "cancel", "[time]", "yes")
    assert await count(player, "[same]", "", "[yes]") == before + 3


@pytest.mark.parametrize("said", [("reschedule", "", "yes"), ("cancel", "[time]", "yes")])
async def test_what_was_done_once_is_not_done_again(said: tuple[str, ...]) -> None:
    """The same message run twice, as after a crash, changes nothing and says the same."""
    player = player_with("nair")
    for words in said[:-1]:
        await (
            player.text(words)
            if words and words[0] != "["
            else player.tap(words.strip("[]") or player.session.options[0][0])
        )
    before, number = player.session, player.count
    once = await player.text(said[-1])
    done = dict(player.desk.visits)
    player.session, player.count = before, number
    twice = await player.text(said[-1])
    assert (once, done) == (twice, player.desk.visits)


async def test_only_what_was_shown_is_cancelled() -> None:
    player = player_with("nair")
    await player.text("cancel")
    await player.tap("time")
    player.desk.staff_changed("v1", doctor=player.desk.visits["v1"].doctor)
    reply = await player.tap("cancel")
    assert "has changed since then" in reply.text
    assert player.desk.visits["v1"].status == "booked"


@pytest.mark.parametrize("words", ["cancel", "reschedule"])
async def test_the_limit_is_told_before_anything_is_asked(words: str) -> None:
    player = player_with("nair", limit=timedelta(days=3))
    reply = await player.text(words)
    assert "I cannot change it here any more" in reply.text
    await player.tap("yes")
    [card] = player.desk.calls
    assert card["reason"] == "too_late"
    assert card["choices"] == {"visit": "v1", "patient": "asha", "clinic": "centre"}


class Strict(FakeDesk):
    """The limit passed while the patient was deciding; or something that no table knows."""

    refusal: ClinicError = TooLateToMove()

    async def move(self, *_args: object) -> None:  # type: ignore[override]
        raise self.refusal

    async def cancel(self, *_args: object) -> None:  # type: ignore[override]
        raise self.refusal


@pytest.mark.parametrize(
    ("said", "refusal"),
    [(("reschedule", "", "yes"), TooLateToMove()), (("cancel", "[time]", "yes"), TooLateToCancel())],
)
async def test_the_limit_may_pass_while_the_patient_decides(said: tuple[str, ...], refusal: ClinicError) -> None:
    desk = Strict()
    desk.refusal = refusal
    player = Player(returning(desk))
    desk.hold_visit("asha", "nair", TOMORROW)
    for words in said:
        await (
            player.text(words)
            if words and words[0] != "["
            else player.tap(words.strip("[]") or player.session.options[0][0])
        )
    assert player.session.step == "too_late"


async def test_a_refusal_that_the_table_does_not_know_is_raised() -> None:
    desk = Strict()
    desk.refusal = ClinicError("closed today")
    player = Player(returning(desk))
    desk.hold_visit("asha", "nair", TOMORROW)
    await player.text("cancel")
    await player.tap("time")
    with pytest.raises(ClinicError, match="closed today"):
        await player.tap("cancel")


async def test_a_doctor_who_left_is_replaced_by_another() -> None:
    player = player_with("nair")
    player.desk.left.add("nair")
    reply = await player.text("reschedule")
    assert "no longer offered" in reply.text
    while not player.desk.visits["v1"].start_version:
        await player.first()
        assert player.count < 8
    assert player.desk.visits["v1"].doctor.id != "nair"


async def test_a_doctor_without_a_free_time() -> None:
    player = player_with("nair")
    player.desk.away.add("nair")
    await player.text("reschedule")
    assert player.session.step == "stuck"
    await player.tap("doctor")
    assert player.session.step == "doctor"


async def test_the_words_of_any_other_reason_are_not_kept() -> None:
    player = player_with("nair")
    await player.text("cancel")
    await player.text("I have a bad rash")
    await player.tap("cancel")
    assert player.desk.log == ["cancelled Tue 24 Nov 10:00 with Dr Priya Nair: other"]
    assert "rash" not in player.session.to_json().decode()


async def test_earlier_visits_come_last() -> None:
    player = player_with("nair", "rao")
    player.now += timedelta(hours=30)
    reply = await player.text("my appointments")
    assert [option.id.partition(":")[2] for option in reply.options] == ["v2", "v1", "book"]
    await player.tap("v1")
    assert "This visit is over" in player.replies[-1].text


async def test_a_stranger_to_the_practice_asks_for_visits() -> None:
    player = Player(FakeDesk())
    await player.text("my appointments")
    await player.tap("English")
    assert (player.session.flow, player.session.step) == ("appointments", "visits")
    await player.first()
    assert player.session.flow == HOME


async def test_a_visits_conversation_leaves_a_small_session() -> None:
    player = player_with("nair")
    await count(player, "reschedule", "", "yes")
    assert player.session.choices == {"visit": "v1"}
    assert len(player.session.to_json()) < 700
