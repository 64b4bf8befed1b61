"""The number for text messages: one practice's alone, whoever is faster."""

import asyncio
from typing import Any

from clinic.onboarding import NumberTaken
from clinic.record import new_id
from clinic.sms_sender import put

KEY = "a-secret-key-of-the-tests"


def facts(number: str) -> dict[str, Any]:
    return {"number": number, "account": "ACtest", "access_token": "token"}


async def test_of_two_that_take_a_number_in_one_moment_one_gets_it(database: Any) -> None:
    one, other, wanted = new_id(), new_id(), f"+1555{new_id()}"
    for practice in (one, other):
        await put(practice, facts(f"+1556{practice}"), None, KEY)
    outcome = await asyncio.gather(
        *(put(practice, facts(wanted), None, KEY) for practice in (one, other)), return_exceptions=True
    )
    assert sorted(isinstance(each, NumberTaken) for each in outcome) == [False, True], outcome
    assert sum(isinstance(each, tuple) for each in outcome) == 1
