"""Who is told what when the queue moves: rows of the pure decision, and of the forecast behind it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic.check_in_word import link, word_of, words_in
from clinic.distance import metres
from clinic.forecast import Planned, forecast
from clinic.pace import Wait
from clinic.place import Clinic
from clinic.queue_calls import Call, Expected, Rules, calls, degree_of, rounded
from clinic.queue_day import Place

NOW = datetime(2027, 1, 4, 4, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LONG_AGO = NOW - timedelta(days=2)


def place(status: str = "waiting", position: int | None = None, wait: Wait | None = None, **row: Any) -> Place:
    facts = {"appointment_id": "v", "doctor_id": "d", "status": status, "arrived_at": NOW - 60 * MINUTE, **row}
    return Place(facts, position, wait)


def visit(start: int, likely: int, known_at: datetime = LONG_AGO) -> Expected:
    """Minutes from now."""
    return Expected("v", NOW + start * MINUTE, NOW + likely * MINUTE, known_at)


HERE = {
    "called": (place("called"), Call("v", "come_in", "d")),
    "the next": (place(position=1, wait=Wait(3, 12)), Call("v", "you_are_next", "d")),
    "the next, but the doctor comes in an hour": (place(position=1, wait=Wait(60, 80)), None),
    "the third, soon": (place(position=3, wait=Wait(28, 50)), Call("v", "leave_home", "d", 30)),
    "the third, later": (place(position=3, wait=Wait(31, 50)), None),
    "the third, who has just come": (place(position=3, wait=Wait(20, 50), arrived_at=NOW), None),
    "the second, at once": (place(position=2, wait=Wait(0, 9)), Call("v", "leave_home", "d", 5)),
    "inside": (place("with_doctor"), None),
    "set aside": (place("parked"), None),
    "missed": (place("missed"), None),
    "seen": (place("done"), None),
    "without a visit": (place("called", appointment_id=None), None),
}


@pytest.mark.parametrize(("here", "told"), HERE.values(), ids=HERE)
def test_who_has_a_number(here: Place, told: Call | None) -> None:
    assert calls([here], [], Rules(), NOW) == ([told] if told else [])


AT_HOME = {
    "in time, an hour before": (visit(60, 60), None),
    "in time, half an hour before": (visit(30, 30), Call("v", "leave_home", minutes=30)),
    "in time, 22 minutes before": (visit(22, 22), Call("v", "leave_home", minutes=25)),
    "a little late": (visit(25, 45), None),
    "late": (visit(25, 55), Call("v", "late", "1", 30)),
    "later": (visit(25, 84), Call("v", "late", "1", 60)),
    "very late": (visit(25, 85), Call("v", "late", "2", 60)),
    "hours late": (visit(25, 145), Call("v", "late", "3", 120)),
    "late, and it is time to come": (visit(-5, 28), Call("v", "leave_home", minutes=30)),
    "late, after the start": (visit(-5, 60), None),
    "booked just now": (visit(25, 25, NOW - 5 * MINUTE), None),
}


@pytest.mark.parametrize(("booked", "told"), AT_HOME.values(), ids=AT_HOME)
def test_who_is_not_here_yet(booked: Expected, told: Call | None) -> None:
    assert calls([], [booked], Rules(), NOW) == ([told] if told else [])


def test_a_clinic_may_leave_it() -> None:
    quiet = Rules(0, 0)
    everybody = [place(position=2, wait=Wait(0, 9)), place("called")]
    assert calls(everybody, [visit(0, 0), visit(25, 100)], quiet, NOW) == [Call("v", "come_in", "d")]


def test_its_own_limits() -> None:
    patient = Rules(60, 90)
    assert calls([], [visit(55, 55), visit(55, 145)], patient, NOW) == [
        Call("v", "leave_home", minutes=55),
        Call("v", "late", "1", 90),
    ]


def test_names_in_the_ledger() -> None:
    kinds = [Call("v", "late", "2").kind, Call("v", "leave_home").kind, Call("v", "come_in", "d").kind]
    assert kinds == ["late:2", "leave_home", "come_in:d"]


def test_degrees() -> None:
    assert [degree_of(late, 30) for late in (0, 29, 30, 59, 60, 119, 120, 240)] == [0, 0, 1, 1, 2, 2, 3, 4]
    assert degree_of(100, 0) == 0
    assert [rounded(minutes) for minutes in (0, 1, 5, 6)] == [0, 5, 5, 10]


def row(status: str, at: int = 0, minutes: int = 15, token: int = 1, **more: Any) -> dict[str, Any]:
    """``at`` in minutes from now."""
    return {"status": status, "place": (NOW + at * MINUTE).timestamp(), "minutes": minutes, "token": token, **more}


def planned(*starts: int) -> list[Planned]:
    return [Planned(str(start), NOW + start * MINUTE, 15) for start in starts]


def over(planned_minutes: int, took: int) -> dict[str, Any]:
    return row("done", minutes=planned_minutes, started_at=NOW - took * MINUTE, finished_at=NOW)


INSIDE = row("with_doctor", minutes=15, started_at=NOW - 5 * MINUTE)
DAYS = {
    "nobody here": ([], (0, 15, 60), 0, (0, 15, 60)),
    "three who wait come first": ([row("waiting", -30, token=n) for n in (1, 2, 3)], (0, 15, 90), 0, (45, 60, 90)),
    "who comes early does not go first": ([row("waiting", 30)], (0, 15, 30), 0, (0, 15, 45)),
    "one inside, one called": ([INSIDE, row("called")], (0, 15), 0, (25, 40)),
    "urgent": ([row("waiting", 30, priority=2)], (0,), 0, (15,)),
    "staff say 40 minutes": ([], (0, 15, 120), 40, (40, 55, 120)),
    "twice as slow as planned": ([over(15, 30)] * 3, (0, 15, 30), 0, (0, 22.5, 45)),
    "seen, missed and set aside": ([row("missed"), row("parked")], (0,), 0, (0,)),
    "overtime": ([row("with_doctor", started_at=NOW - 60 * MINUTE)], (0,), 0, (0,)),
}


@pytest.mark.parametrize(("rows", "starts", "from_", "likely"), DAYS.values(), ids=DAYS)
def test_when_it_will_be(rows: Any, starts: tuple[int, ...], from_: int, likely: tuple[float, ...]) -> None:
    found = forecast(rows, planned(*starts), NOW + from_ * MINUTE, NOW)
    assert [(found[str(start)] - NOW) / MINUTE for start in starts] == pytest.approx(likely)


def test_who_has_not_come_is_not_waited_for() -> None:
    found = forecast([], planned(-30, -11, -10, 0), NOW, NOW)
    assert {name: (at - NOW) / MINUTE for name, at in found.items()} == {"-10": 0, "0": 15}


WORDS = ("I am here K7P4QX", "hi, k7p-4qx im here!!", "K7P 4QX", "im here(K7P4QX)", "the cat k7p4qx", "मैं आ गया K7P4QX")


@pytest.mark.parametrize("text", WORDS)
def test_the_word_survives_what_patients_make_of_it(text: str) -> None:
    assert "K7P4QX" in words_in(text)


@pytest.mark.parametrize("text", ["I am here", "K7P4Q", "K7P4QXA", "7P4QXK7P4", "", "K7P, 4QX"])
def test_other_words_are_none(text: str) -> None:
    assert "K7P4QX" not in words_in(text)


def test_each_clinic_has_a_word_of_its_own(database: object) -> None:
    one, other = (Clinic(tenant_id="t", name="C", address="1", zone="UTC", currency="INR") for _ in range(2))
    assert len({word_of(one), word_of(other)}) == 2
    assert word_of(one) == word_of(one.model_copy()) == words_in(f"here: {word_of(one)}")[0]
    assert word_of(one.model_copy(update={"check_in_word": "K7P4QX"})) == "K7P4QX"


def test_the_link_types_it() -> None:
    assert link("+91 98765 43210", "I am here", "K7P4QX") == "https://wa.me/919876543210?text=I%20am%20here%20K7P4QX"


def test_metres() -> None:
    assert metres((48.8566, 2.3522), (51.5074, -0.1278)) == pytest.approx(344_000, abs=1000)
    assert metres((0.0, 0.0), (0.0, 180.0)) == pytest.approx(20_015_000, rel=0.01)
