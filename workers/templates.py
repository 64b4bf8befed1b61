"""Keeps each practice's templates known to the provider, and what it says of them known to us."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

import structlog

from bot.channels.errors import Action, Rule, SendError
from clinic import astir, clock, template_news
from clinic.channel import Channel
from clinic.given_templates import give_new
from clinic.seal import SealBroken
from clinic.standing import Told
from clinic.template import APPROVED, DRAFT, PAUSED, PENDING, Template
from clinic.tenant import Tenant
from workers.context import Context, context, run
from workers.provider import Letter, Provider

log = structlog.get_logger()

AT_ONCE = 6  # templates handed in to an account at the same time
SUBMITTED = (PENDING, APPROVED)  # to be known to the provider; the rest it has refused, or never seen
SILENCED = {132015: PAUSED, 132016: "DISABLED"}  # codes by which the provider says it to who sends
BY_ANOTHER = 5.0  # seconds until the promise is tried with the next approved words


def refresh_templates() -> None:
    """The RQ job: compare all templates."""
    run(refresh(context()))


def watch_reviews() -> None:
    """The RQ job: compare only where a review is under way."""
    run(refresh(context(), only_waiting=True))


def submit(tenant_id: str) -> None:
    """The RQ job: hand in what a practice has just submitted."""
    run(compare(context(), tenant_id))


def unpause(tenant_id: str, template_id: str) -> None:
    """The RQ job: ask the provider to end a pause, because somebody on the staff says so."""
    run(end_pause(context(), tenant_id, template_id))


async def end_pause(context: Context, tenant_id: str, template_id: str) -> None:
    """What the provider says then is taken over, whether it agrees or not."""
    template = await Template.of(tenant_id).find_one({"_id": template_id})
    if template is None or not template.paused_anywhere:
        return
    for channel in accounts(await Channel.of(tenant_id).find()):
        if template.at(channel.waba_id).status != PAUSED:
            continue
        try:
            ended = await (await context.provider(tenant_id, channel.id)).unpause(template)
        except (SendError, SealBroken) as error:
            log.warning("pause not ended", template=template.name, why=type(error).__name__)
        else:
            log.info("pause to be ended", template=template.name, ended=ended)
    await compare(context, tenant_id)


def give_new_templates() -> None:
    """The RQ job: practices that are older than a purpose get our template for it."""
    run(give_all())


async def give_all() -> None:
    """Every practice; what is new is handed in by the next comparison."""
    for tenant in await Tenant.every():
        if tenant.complete and (given := await give_new(tenant)):
            log.info("templates given", tenant=tenant.id, count=len(given))


async def refresh(context: Context, *, only_waiting: bool = False) -> None:
    """Every account once. One that does not answer leaves the others alone, and its templates as they are."""
    if only_waiting and not (waiting := await astir.reviews()):
        return
    numbers: dict[str, list[Channel]] = {}
    for channel in await Channel.every():
        numbers.setdefault(channel.tenant_id, []).append(channel)
    for tenant_id, channels in numbers.items():
        if not only_waiting or tenant_id in waiting:
            await _compare(context, tenant_id, channels)


async def compare(context: Context, tenant_id: str) -> None:
    """The accounts of one practice."""
    await _compare(context, tenant_id, await Channel.of(tenant_id).find())


async def _compare(context: Context, tenant_id: str, channels: Iterable[Channel]) -> None:
    own = accounts(channels)
    for template in await Template.of(tenant_id).find():
        await template_news.kept(template, {channel.waba_id for channel in own})
    for channel in own:
        try:
            await agree(tenant_id, channel.waba_id, await context.provider(tenant_id, channel.id))
        except (SendError, SealBroken) as error:
            log.warning("templates not compared", channel=channel.id, why=type(error).__name__)


def accounts(channels: Iterable[Channel]) -> list[Channel]:
    """One channel for each of a practice's accounts: templates belong to the account, not the number."""
    return list({(channel.tenant_id, channel.waba_id): channel for channel in channels}.values())


async def agree(tenant_id: str, account: str, provider: Provider) -> None:
    """Submit what the account does not know, and take over what it says of the rest. Raises ``SendError``."""
    asked_at = clock.now()
    known = await provider.templates()
    gate = asyncio.Semaphore(AT_ONCE)
    new = []
    for template in await Template.of(tenant_id).find():
        if template.status == DRAFT:
            continue
        told = known.get((template.name, template.language))
        if told is not None:
            await _learn(template, account, told, asked_at)
        elif wanted(template, account):
            new.append(_submit(template, account, provider, gate))
    await asyncio.gather(*new)  # a new account gets all of them, and promises wait for this worker meanwhile


def wanted(template: Template, account: str) -> bool:
    """Whether an account that does not know the template is to be asked for it: not what it has refused itself, nor
    what patients disliked elsewhere."""
    if account in template.accounts or not template.accounts:
        return template.at(account).status in SUBMITTED
    return not template.accounts_with("DISABLED")


async def _learn(template: Template, account: str, told: Told, at: datetime) -> None:
    if await template_news.learned(template, account, told, at):
        log.info(
            "template news", template=template.name, language=template.language, account=account, status=told.status
        )


async def _submit(template: Template, account: str, provider: Provider, gate: asyncio.Semaphore) -> None:
    async with gate:
        await _handed_in(template, account, provider)


async def _handed_in(template: Template, account: str, provider: Provider) -> None:
    now = clock.now()
    try:
        await _learn(template, account, await provider.create_template(template), now)
    except SendError as error:
        log.error("template refused", template=template.name, language=template.language, code=error.code)
        if not error.retryable:
            told = (await provider.templates()).get((template.name, template.language))  # by another worker meanwhile?
            refusal = Told("REJECTED", reason=f"WhatsApp says {error.code}")
            await _learn(template, account, told or refusal, now)


async def silenced(tenant_id: str, letter: Letter, error: SendError, now: datetime) -> SendError:
    """The refusal of a letter, understood: where its template was paused or disabled that is noted at once, and the
    promise is soon tried with the next approved words."""
    status = SILENCED.get(error.code)
    if status is None:
        return error
    query = {"name": letter.template, "language": letter.language}
    if template := await Template.of(tenant_id).find_one(query):
        await _learn(template, letter.account, Told(status), now)
    return SendError(Rule(Action.HALT_TEMPLATE, BY_ANOTHER), error.code)
