"""Whole conversations over Twilio, as files to be read: every process of the desk runs, and the simulator's Twilio is
as strict as Twilio. ``UPDATE=1 pytest`` writes them anew."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from running_demo import until
from twilio_player import CLOUD, TWILIO, ZONE, Desk, Phone, open_desk, play

TRANSCRIPTS = sorted((Path(__file__).parent / "twilio_transcripts").glob("*.txt"))
BOOK = ("hi", "[English]", "[Yes, please]", "{}, 14 May 1990", "[Asha Clinic Bandra]", "[Follow-up]", "[Dr Priya Nair]")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("twilio")) as opened:
        yield opened


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(desk: Desk, path: Path) -> None:
    n = TRANSCRIPTS.index(path)
    went = play(Phone(desk, f"91981230{n:04d}", f"Patient {n}"), path.read_text())
    if os.environ.get("UPDATE"):
        path.write_text(went)
    assert went == path.read_text()


# A practice with a number at each provider: a patient hears from the one that they wrote to.


def booked(phone: Phone, when: str) -> str:
    """A visit, booked on that phone; what the confirmation says."""
    for said in (*BOOK, when, "yes"):
        what = said.format(phone.name)
        phone.tap(what.strip("[]")) if what.startswith("[") else phone.act("text", text=what)
        phone.answer()
    return str(phone.answer(unasked=True)["text"])


def letters(phone: Phone) -> list[Any]:
    return [each for each in phone.bubbles() if each.get("template")]


def test_promises_come_from_the_number_that_was_written_to(desk: Desk) -> None:
    monday = datetime(2027, 2, 1, 7, 0, tzinfo=ZONE)
    desk.move_to(monday)
    here, there = Phone(desk, "919812301001", "Tara Iyer"), Phone(desk, "919812301002", "Kiran Shah", CLOUD)
    assert "Tara Iyer" in booked(here, "wednesday 10 am")
    assert "Kiran Shah" in booked(there, "wednesday 11 am")
    desk.move_to(monday + timedelta(days=1, hours=4, minutes=5))
    assert "Tara Iyer" in here.answer(unasked=True)["text"]
    assert "Kiran Shah" in there.answer(unasked=True)["text"]
    assert Phone(desk, here.user, here.name, CLOUD).bubbles() == []
    assert Phone(desk, there.user, there.name, TWILIO).bubbles() == []


def test_who_writes_to_both_numbers_is_answered_by_each(desk: Desk) -> None:
    """The two numbers are of two business portfolios, to which WhatsApp names one person by two ids: two chats."""
    monday = datetime(2027, 2, 8, 7, 0, tzinfo=ZONE)
    desk.move_to(monday)
    first = Phone(desk, "919812301003", "Noor Khan")
    booked(first, "wednesday 10 am")
    second = Phone(desk, first.user, first.name, CLOUD)
    second.act("text", text="hi")
    assert "this is Asha Clinics" in second.answer()["text"]
    desk.move_to(monday + timedelta(days=1, hours=4, minutes=5))
    assert "Noor Khan" in first.answer(unasked=True)["text"]
    assert letters(second) == []


def test_what_leaves_in_answer_is_never_refused_by_twilio(desk: Desk) -> None:
    """After all of the above: no message failed, none was lost."""
    told = desk.http.get(f"{desk.simulator}/control/twilio").json()
    assert told["lost"] == 0
    people = desk.http.get(f"{desk.simulator}/phone/people").json()["people"]
    failed = [
        each for person in people for each in Phone(desk, person["user"], person["name"]).bubbles()
        if each["status"] == "failed"
    ]  # fmt: skip
    assert failed == []
    until(lambda: desk.http.get(f"{desk.simulator}/ready").json()["waiting"] == 0, "all is told")
