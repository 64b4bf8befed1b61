"""Sends a template, with sample facts, to a telephone of the staff's who want to see it."""

import structlog

from bot.channels.errors import SendError
from clinic import clock, trial
from clinic.channel import Channel
from clinic.errors import NotFound
from clinic.purpose import language_of
from clinic.seal import SealBroken
from clinic.template import APPROVED, Template
from clinic.template_sample import samples_of
from clinic.trial import Trial, TrialPhone
from clinic.views import Sender
from workers.context import Context, context, run
from workers.letter import composed
from workers.provider import Letter

log = structlog.get_logger()


def send(tenant_id: str, trial_id: str) -> None:
    """The RQ job."""
    run(try_out(context(), tenant_id, trial_id))


async def try_out(context: Context, tenant_id: str, trial_id: str) -> None:
    """Send it once, whatever becomes of it: whoever asked sees how it went, and may ask again."""
    asked = await Trial.of(tenant_id).get(trial_id)
    if asked.status != "queued":
        return
    try:
        template = await Template.of(tenant_id).get(asked.template_id)
        phone = await TrialPhone.of(tenant_id).get(asked.phone_id)
        channel = await _through(tenant_id, template)
        provider = await context.provider(tenant_id, channel.id if channel else "")
        wamid = await provider.send_template(letter(asked, template, phone, channel.waba_id if channel else ""))
    except (SendError, SealBroken, NotFound) as error:
        why = f"{error.action} {error.code}" if isinstance(error, SendError) else type(error).__name__
        await trial.ended(asked, clock.now(), error=why)
        log.warning("trial not sent", trial=asked.id, why=why)
        return
    await trial.ended(asked, clock.now(), wamid=wamid)


async def _through(tenant_id: str, template: Template) -> Channel | None:
    """A number of an account that has approved it."""
    found = await Channel.of(tenant_id).find(sort=[("_id", 1)])
    return next((each for each in found if template.at(each.waba_id).status == APPROVED), None)


def letter(asked: Trial, template: Template, phone: TrialPhone, account: str) -> Letter:
    """The template with sample facts; its buttons carry their own words, which the chat answers like any others."""
    words = samples_of(template.purpose, language_of(template.language))
    to = Sender(phone.number, phone.number.lstrip("+"))
    if template.category == "AUTHENTICATION":
        return Letter(
            to, template.name, template.language, (), f"t.{asked.id}", code=words["code"], account=account,
            template_id=template.at(account).id,
        )  # fmt: skip
    taps = [button.text if button.action else "" for button in template.buttons]
    return composed(f"t.{asked.id}", to, template, words, taps, account)
