"""A short play: everybody in it, on a desk of its own; the last line is the account. And the counting itself."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clinic.appointment import Appointment
from clinic.history import Change
from clinic.notification import Notification
from clinic.slot_offer import SlotOffer
from opdesk.play.account import Account, Facts, by_promise, limit, reckon
from opdesk.play.evidence import complaints
from opdesk.play.people import drawn
from opdesk.play.phones import Bubble
from opdesk.play.week import following, next_monday

ACCOUNT = re.compile(r"promised (\d+), kept (\d+), doubled (\d+), late (\d+), unhandled (\d+)")
ROOT = Path(__file__).parents[2]
NOON = datetime(2027, 1, 4, 6, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_day_of_eight_patients_is_played_and_every_promise_kept(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPDESK_")}
    played = subprocess.run(
        [sys.executable, "-m", "opdesk", "demo", "--play", "week", "--patients", "8", "--days", "1", "--seed", "3"],
        env=clean | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert played.stdout, played.stderr
    *before, last = played.stdout.splitlines()
    found = ACCOUNT.fullmatch(last)
    assert found, played.stdout + played.stderr
    promised, kept, *wrong = map(int, found.groups())
    assert (promised > 8, kept == promised, wrong) == (True, True, [0, 0, 0]), played.stdout
    assert played.returncode == 0
    assert sum(" booked" in line for line in before) == 1, "a line a day"
    assert list(tmp_path.iterdir()) == [], "no data is left, and nobody's was used"


def promise(**facts: object) -> Notification:
    plain = {"tenant_id": "t", "appointment_id": "v", "kind": "reminder:2h", "start_version": 0, "chat_id": "c"}
    return Notification.model_construct(**{**plain, "language": "en", "due_at": NOON, "status": "read", **facts})


def letter(sent: datetime = NOON, status: str = "read", attempt: int = 1) -> Bubble:
    return Bubble(f"w{attempt}", "91", "", (), "appointment_reminder", f"n.p.{attempt}", status, sent)


def visit(start: datetime = NOON + 2 * HOUR, *moved_from: datetime) -> Appointment:
    history = [Change(what="moved", by="patient", via="whatsapp", at=NOON, was=was) for was in moved_from]
    return Appointment.model_construct(start=start, history=history)


def account(promised: Notification, *letters: Bubble, cards: frozenset[str] = frozenset()) -> Account:
    promised.id = "p"
    return reckon(Facts([promised], {"p": letters}, {"v": visit()}, {}, cards))


@pytest.mark.parametrize(
    ("letters", "kept", "doubled", "late"),
    [
        ([letter()], 1, 0, 0),
        ([letter(status="delivered")], 1, 0, 0),
        ([letter(), letter(attempt=2)], 0, 1, 0),
        ([letter(status="failed"), letter(attempt=2)], 1, 0, 0),
        ([letter(NOON + 3 * HOUR)], 0, 0, 1),
        ([letter(NOON + 2 * HOUR - timedelta(minutes=1))], 1, 0, 0),
        ([letter(status="sent")], 0, 0, 0),
        ([], 0, 0, 0),
    ],
)
def test_a_promise_is_kept_by_what_a_phone_shows(letters: list[Bubble], kept: int, doubled: int, late: int) -> None:
    counted = account(promise(), *letters)
    assert (counted.promised, counted.kept, counted.doubled, counted.late) == (1, kept, doubled, late)
    assert counted.good == bool(kept)


def test_the_ledgers_own_word_counts_for_nothing() -> None:
    assert not account(promise(status="read")).good
    assert account(promise(status="due"), letter()).good


def test_a_call_keeps_it_too_and_what_was_taken_back_was_not_promised() -> None:
    assert account(promise(), cards=frozenset({"n.p"})).kept == 1
    assert account(promise(status="withdrawn", error="moved")).promised == 0
    too_late = account(promise(status="withdrawn", error="over"))
    assert (too_late.promised, too_late.late) == (1, 1)


def test_a_courtesy_to_a_telephone_that_is_no_more_is_nobodys_to_keep() -> None:
    assert account(promise(kind="satisfaction"), letter(status="failed")).promised == 0
    assert account(promise(kind="satisfaction")).kept == 0, "but it must have been tried"
    assert account(promise(kind="reminder:2h"), letter(status="failed")).kept == 0


def test_a_message_about_the_first_start_is_held_to_the_first_start() -> None:
    moved = visit(NOON + 24 * HOUR, NOON + HOUR)
    facts = Facts([], {}, {"v": moved}, {}, frozenset())
    assert limit(facts, promise()) == NOON + HOUR
    assert limit(facts, promise(start_version=1)) == NOON + 6 * HOUR


def test_an_offer_is_held_to_its_own_end() -> None:
    offer = SlotOffer.model_construct(until=NOON + timedelta(minutes=20), status="open")
    facts = Facts([], {}, {}, {"v0007": offer}, frozenset())
    assert limit(facts, promise(kind="offer", start_version=7)) == offer.until


def test_letters_belong_to_promises_and_answers_do_not() -> None:
    answer = Bubble("w", "91", "", (), "", "o.1.chat.message.0", "read", NOON)
    assert by_promise([letter(), letter(attempt=2), answer]) == {"p": [letter(), letter(attempt=2)]}


def test_the_account_is_one_line() -> None:
    assert str(Account(5, 4, 1, 0, 2)) == "promised 5, kept 4, doubled 1, late 0, unhandled 2"


def test_errors_and_plain_words_in_a_log_are_complaints(tmp_path: Path) -> None:
    log = tmp_path / "bot.log"
    log.write_text('{"level": "error", "event": "old"}\n')
    since = log.stat().st_size
    with log.open("a") as more:
        more.write('{"level": "info", "event": "a"}\n{"level": "error", "event": "b", "kind": "offer"}\nTraceback\n')
    assert complaints(log, since) == ["event=b kind=offer", "Traceback"]


def test_the_same_seed_makes_the_same_people() -> None:
    def who(seed: int) -> list[tuple[str, str, str]]:
        return [(each.user, each.name, each.phone) for each in drawn(seed, 20, ("a", "b"))]

    assert who(1) == who(1) != who(2)
    assert len({user for user, _, _ in who(1)}) == 20


def test_days_go_by_in_quarters_and_nights_in_a_few_steps() -> None:
    start = next_monday(NOON)
    assert start > NOON
    moments, now = [start], start
    while now < start + timedelta(days=1):
        now = following(now)
        moments.append(now)
    assert moments[-1] == start + timedelta(days=1)
    assert len(moments) == 16 * 4 + 2 + 1
