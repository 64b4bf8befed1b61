"""Looks at the number for text messages as soon as somebody has saved it: has the account it, and is the token good?"""

from datetime import datetime

import structlog

from bot.channels.errors import Action, Rule, SendError
from clinic import clock, sms_sender
from clinic.channel import Check
from clinic.seal import SealBroken
from workers.channels import BROKEN
from workers.context import Context, context, run
from workers.sms import Texters

log = structlog.get_logger()

REFUSED = "Twilio refuses the account or its token (code {code}): check the account SID, copy its primary auth token."
STRANGE = "The account has no number {number} that can send text messages: check the number, or buy one at Twilio."
UNREACHABLE = "Twilio does not answer just now: try again in a minute; the number is saved."


def check(tenant_id: str) -> None:
    """The RQ job."""
    run(check_once(context(), tenant_id, clock.now()))


async def check_once(context: Context, tenant_id: str, now: datetime) -> None:
    """Ask Twilio, and write its answer on the number."""
    if (sender := await sms_sender.sender_of(tenant_id)) is None:
        return
    outcome = await look(context.sms, tenant_id, sender.number, now)
    await sms_sender.checked(tenant_id, outcome)
    log.info("number of text messages looked at", status=outcome.status)


async def look(texters: Texters, tenant_id: str, number: str, now: datetime) -> Check:
    """What Twilio says of the practice's number."""
    try:
        texter = await texters(tenant_id)
        if texter is None:
            raise SendError(Rule(Action.RETRY))
        has = await texter.has_number()
    except SealBroken:
        return Check(status="refused", detail=BROKEN, at=now)
    except SendError as error:
        if error.action in (Action.HALT, Action.PERMANENT):
            return Check(status="refused", detail=REFUSED.format(code=error.code), at=now)
        return Check(status="unreachable", detail=UNREACHABLE, at=now)
    return Check(status="ok", at=now) if has else Check(status="refused", detail=STRANGE.format(number=number), at=now)
