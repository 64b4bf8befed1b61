"""Looks at a number as soon as somebody has saved it: does the provider know it, and take its token?"""

from datetime import datetime

import structlog

from bot.channels.errors import Action, SendError
from clinic import clock, numbers
from clinic.channel import Channel, Check
from clinic.errors import NotFound
from clinic.seal import SealBroken
from workers import templates
from workers.context import Context, context, run

log = structlog.get_logger()

REFUSED = {
    "cloud": "Meta refuses the number or its token (code {code}): check the phone number id, make a new token, save "
    "again.",
    "twilio": "Twilio refuses the sender or the auth token (code {code}): check account SID and sender, copy the "
    "account's primary auth token, save again.",
}
UNREACHABLE = {
    "cloud": "Meta does not answer just now: try again in a minute; the number is saved.",
    "twilio": "Twilio does not answer just now: try again in a minute; the number is saved.",
}
ELSEWHERE = "The number is good, but what patients write to it goes to {address}: enter webhook_url at the provider."
BROKEN = "The stored token cannot be opened, since the installation's secret key has changed: save the token again."


def check(tenant_id: str, channel_id: str) -> None:
    """The RQ job. A number that is good may bring an account that knows none of the practice's templates yet."""
    if run(check_once(context(), tenant_id, channel_id, clock.now())):
        run(templates.compare(context(), tenant_id))


async def check_once(context: Context, tenant_id: str, channel_id: str, now: datetime) -> bool:
    """Ask the provider, and write its answer on the number; whether it is good."""
    await Channel.changed(tenant_id)  # by another process, just now: that is why somebody asks
    try:
        channel = await Channel.of(tenant_id).get(channel_id)
    except NotFound:
        return False
    outcome, shown = await _outcome(context, channel, now)
    await numbers.found(tenant_id, channel_id, outcome, shown)
    log.info("number looked at", channel=channel_id, status=outcome.status)
    return outcome.status == "ok"


async def _outcome(context: Context, channel: Channel, now: datetime) -> tuple[Check, str]:
    try:
        provider = await context.provider(channel.tenant_id, channel.id)
        shown, elsewhere = await provider.shown_number(), await provider.elsewhere()
        detail = ELSEWHERE.format(address=elsewhere) if elsewhere else ""
        return Check(status="ok", detail=detail, at=now), "" if _same(shown, channel.display_phone_number) else shown
    except SealBroken:
        return Check(status="refused", detail=BROKEN, at=now), ""
    except SendError as error:
        if error.action in (Action.HALT, Action.PERMANENT):
            return Check(status="refused", detail=REFUSED[channel.provider].format(code=error.code), at=now), ""
        return Check(status="unreachable", detail=UNREACHABLE[channel.provider], at=now), ""


def _same(shown: str, written: str) -> bool:
    """Whether they are one number: then it stays as the owner has written it."""
    return [*filter(str.isdigit, shown)] == [*filter(str.isdigit, written)]
