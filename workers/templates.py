"""Keeps each practice's templates known to the provider, and their statuses known to us."""

from collections.abc import Iterable

import structlog

from bot.channels.errors import SendError
from clinic.channel import Channel
from clinic.seal import SealBroken
from clinic.template import Template
from workers.context import Context, context, run
from workers.provider import Provider

log = structlog.get_logger()


FINAL = ["APPROVED", "REJECTED", "DISABLED"]  # anything else may change within minutes


def refresh_templates() -> None:
    """The RQ job: compare all templates."""
    run(refresh(context()))


def watch_reviews() -> None:
    """The RQ job: compare only where a review is under way."""
    run(refresh(context(), only_waiting=True))


async def refresh(context: Context, *, only_waiting: bool = False) -> None:
    """Every account once. One that does not answer leaves the others alone, and its templates as they are."""
    for channel in accounts(await Channel.every()):
        if only_waiting and not await Template.of(channel.tenant_id).count({"status": {"$nin": FINAL}}):
            continue
        try:
            await agree(channel.tenant_id, await context.provider(channel.tenant_id, channel.id))
        except (SendError, SealBroken) as error:
            log.warning("templates not compared", channel=channel.id, why=type(error).__name__)


def accounts(channels: Iterable[Channel]) -> list[Channel]:
    """One channel for each of a practice's accounts: templates belong to the account, not the number."""
    return list({(channel.tenant_id, channel.waba_id): channel for channel in channels}.values())


async def agree(tenant_id: str, provider: Provider) -> None:
    """Submit what the provider does not know, and take over what it says of the rest. Raises ``SendError``."""
    known = await provider.template_statuses()
    for template in await Template.of(tenant_id).find():
        status = known.get((template.name, template.language)) or await _submit(template, provider)
        if status != template.status:
            await Template.of(tenant_id).change({"_id": template.id}, {"$set": {"status": status}})
            log.info("template status", template=template.name, language=template.language, status=status)


async def _submit(template: Template, provider: Provider) -> str:
    if template.status == "REJECTED":  # the same words would be refused again
        return template.status
    try:
        return await provider.create_template(template)
    except SendError as error:
        log.error("template refused", template=template.name, language=template.language, code=error.code)
        return template.status if error.retryable else "REJECTED"
