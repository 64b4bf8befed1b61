"""A number for text messages is looked at where it is: at Twilio."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from promises import SECRET_KEY, Practice
from twilio_house import ACCOUNT, SMS, TOKEN, TwilioHouse

from clinic import sms_sender
from clinic.channel import Channel
from clinic.sms_sender import SmsSender
from workers.context import Context
from workers.sms import SmsSenders
from workers.sms_check import check_once


@pytest.mark.parametrize(
    ("number", "token", "status", "says"),
    [
        (SMS, TOKEN, "ok", ""),
        ("+15559990000", TOKEN, "refused", "no number +15559990000"),
        (SMS, "wrong", "refused", "code 20003"),
        (SMS, "unsealed", "refused", "secret key has changed"),
        (SMS, "away", "unreachable", "try again in a minute"),
    ],
)
async def test_looked_at(
    clinic: Practice, context: Context, house: TwilioHouse, number: str, token: str, status: str, says: str
) -> None:
    if before := await SmsSender.of_webhook(number):
        await SmsSender.of(before.tenant_id).delete({"_id": before.id})
    sealed = "nonsense" if token == "unsealed" else Channel.sealed(token, SECRET_KEY)
    sender = SmsSender(id=clinic.id, tenant_id=clinic.id, number=number, account=ACCOUNT, access_token=sealed)
    await SmsSender.of(clinic.id).insert(sender)
    texts = SmsSenders(SECRET_KEY, "http://127.0.0.1:1" if token == "away" else house.url, house.address)
    await check_once(replace(context, sms=texts), clinic.id, datetime.now(UTC))
    await texts.close()
    found = await sms_sender.sender_of(clinic.id)
    assert found is not None
    assert (found.check.status, says in found.check.detail) == (status, True)


async def test_nothing_to_look_at(clinic: Practice, context: Context) -> None:
    await check_once(context, clinic.id, datetime.now(UTC))
