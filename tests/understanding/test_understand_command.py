"""`opdesk understand`: JSON lines in, JSON lines out, in order."""

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from clinic.demo import demo_records
from clinic.documents import Doctor
from opdesk.understand import DOCTORS, run

FIELDS = (
    *("intent", "date_from", "date_to", "time_from", "time_to"),
    *("doctor", "for_whom", "ordinal", "confidence", "because"),
)
NOW = {"now": "2027-03-10T10:00", "zone": "Asia/Kolkata"}


def line(text: str, language: str = "en", **other: object) -> str:
    return json.dumps({"text": text, "language": language, **NOW, **other}, ensure_ascii=False)


def answers(*lines: str) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    code = run(lines, out)
    return code, [json.loads(answer) for answer in out.getvalue().splitlines()]


def test_a_sentence_is_answered_with_the_fixed_fields() -> None:
    code, [answer] = answers(line("dr sharma tomorrow after 5 for my son"))
    assert code == 0
    assert tuple(answer) == FIELDS
    assert answer | {"confidence": 0, "because": []} == {
        "intent": "book", "date_from": "2027-03-11", "date_to": "2027-03-11", "time_from": "17:00", "time_to": None,
        "doctor": "Dr Anil Sharma", "for_whom": "son", "ordinal": None, "confidence": 0, "because": [],
    }  # fmt: skip
    assert 0 < answer["confidence"] <= 1


def test_what_was_not_said_is_null() -> None:
    _, [answer] = answers(line("hello"))
    assert [answer[name] for name in FIELDS[1:8]] == [None] * 7


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("do you take insurance", "price"),
        ("which medicine should I take", "unknown"),
        ("what do you know about me", "unknown"),
        ("forget me", "unknown"),
    ],
)
def test_only_the_fixed_intents_are_said(text: str, intent: str) -> None:
    assert answers(line(text))[1][0]["intent"] == intent


@pytest.mark.parametrize(
    "bad",
    [
        *("{", "[]", "3", "null", '{"text": "hi"}', line("hi", zone="Nowhere/None"), line("hi", zone="../etc")),
        *(line("hi", now="soon"), line("hi", now=5), line("hi").replace('"hi"', "5"), "[" * 5000),
    ],
)
def test_a_bad_line_gets_an_error_in_its_place(bad: str) -> None:
    code, [first, middle, last] = answers(line("hello"), bad, line("cancel"))
    assert code == 0
    assert list(middle) == ["error"]
    assert (first["intent"], last["intent"]) == ("greeting", "cancel")


def test_nothing_readable_is_a_failure_and_nothing_at_all_is_none() -> None:
    assert answers("{", "}")[0] == 1
    assert answers("", "\n") == (0, [])


def test_now_with_an_offset_is_turned_to_the_zones_clock() -> None:
    late = line("tomorrow", now="2027-03-10T20:00:00Z")
    assert answers(late)[1][0]["date_from"] == "2027-03-12"


def test_the_doctors_are_the_demos(database: object) -> None:
    now = datetime(2027, 3, 10, tzinfo=UTC)
    doctors = [record for record in demo_records("x" * 40, now) if isinstance(record, Doctor)]
    assert [(doctor.id, doctor.name, doctor.specialty) for doctor in doctors] == list(DOCTORS)


def test_the_program_reads_utf8_from_standard_input() -> None:
    asked = line("كم سعر الكشف", "ar") + "\n" + line("कल सुबह", "hi") + "\n"
    done = subprocess.run(
        [sys.executable, "-m", "opdesk", "understand"],
        input=asked.encode(),
        capture_output=True,
        timeout=120,
        check=True,
    )
    found = [json.loads(answer) for answer in done.stdout.decode().splitlines()]
    assert [answer["intent"] for answer in found] == ["price", "book"]
