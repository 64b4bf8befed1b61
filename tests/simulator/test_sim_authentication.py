"""Templates for one-time codes: Meta's words, the code twice, and only to a number."""

from typing import Any

import pytest
from conftest import NUMBER, Simulator  # type: ignore[import-not-found]

Json = dict[str, Any]
USER, BSUID = "15551230000", "US.13491208655302741918"
PARTS: list[Json] = [
    {"type": "BODY", "add_security_recommendation": False},
    {"type": "FOOTER", "code_expiration_minutes": 5},
    {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]},
]


def body(code: str) -> Json:
    return {"type": "body", "parameters": [{"type": "text", "text": code}]}


def button(code: str, kind: str = "url") -> Json:
    return {"type": "button", "sub_type": kind, "index": "0", "parameters": [{"type": "text", "text": code}]}


def sending(*components: Json) -> Json:
    return {"name": "one_time_code", "language": {"code": "en"}, "components": list(components)}


async def approved(simulator: Simulator) -> None:
    await simulator.template("one_time_code", category="AUTHENTICATION", components=PARTS)


async def test_the_phone_shows_the_code_and_copies_it(simulator: Simulator) -> None:
    await approved(simulator)
    answer = await simulator.send(USER, type="template", template=sending(body("314159"), button("314159")))
    assert answer.status_code == 200, answer.text
    [shown] = await simulator.transcript(USER)
    assert shown["text"] == "*314159* is your verification code."
    assert shown["footer"] == "This code expires in 5 minutes."
    assert [link["code"] for link in shown["links"]] == ["314159"]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], 132000),
        ([body("314159")], 131008),
        ([button("314159")], 132000),
        ([body("314159"), button("314159", "quick_reply")], 132018),
        ([body("3" * 16), button("3" * 16)], 132005),
    ],
)
async def test_refused_codes(simulator: Simulator, parts: list[Json], code: int) -> None:
    await approved(simulator)
    answer = await simulator.send(USER, type="template", template=sending(*parts))
    assert answer.json()["error"]["code"] == code


async def test_never_to_a_user_id(simulator: Simulator) -> None:
    await approved(simulator)
    wanted = {"messaging_product": "whatsapp", "recipient": BSUID, "type": "template"}
    answer = await simulator.graph(
        "POST", f"{NUMBER}/messages", {**wanted, "template": sending(body("314159"), button("314159"))}
    )
    assert answer.json()["error"]["code"] == 131062
