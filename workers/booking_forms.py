"""Keeps each practice's booking form known to Meta: key, screens, published; and what Meta says of it known to us.

Every step looks first whether it was done, so the job may run as often as it likes, and go on after a crash.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import structlog

from bot.channels.booking_form import version_of
from bot.channels.errors import Action, SendError
from clinic import clock, news
from clinic.booking_form import BookingForm, kept, learned, rotate, told_key
from clinic.channel import Channel
from clinic.errors import NotFound
from clinic.seal import SealBroken
from clinic.tenant import Tenant
from workers import metrics
from workers.context import Context, context, run
from workers.flow_api import FlowApi
from workers.graph import Graph

log = structlog.get_logger()

NAME = "opdesk_booking_{made}"
DRAFT, PUBLISHED = "DRAFT", "PUBLISHED"
REFUSED = (
    "Meta does not take the form (code {code}): does {address} answer from the internet by https, and may the number's "
    "token manage its account? {detail}"
)
GIVEN_UP = "Somebody has deprecated the form in WhatsApp Manager, for good: publish it here to have another one made."
UNREACHABLE = "Meta does not answer just now: it is tried again in a few minutes."
BROKEN = (
    "The stored key or token cannot be opened, since the installation's secret key has changed: save the token again."
)


def publish(tenant_id: str) -> None:
    """The RQ job: what a practice has just switched on."""
    run(publish_once(context(), tenant_id, clock.now()))


def rotate_key(tenant_id: str, form_id: str) -> None:
    """The RQ job: a new key, told to Meta at once."""
    run(rotate_once(context(), tenant_id, form_id, clock.now()))


def refresh_forms() -> None:
    """The RQ job: compare all forms."""
    run(refresh(context(), clock.now()))


async def refresh(context: Context, now: datetime) -> None:
    """One practice's trouble leaves the others alone."""
    for tenant in await Tenant.every():
        if tenant.booking_form and tenant.complete:
            try:
                await _published(context, tenant.id, now)
            except Exception as error:
                metrics.FORMS_LEFT.inc()
                log.error("form left to the next round", tenant=tenant.id, exc_info=error)


async def publish_once(context: Context, tenant_id: str, now: datetime) -> None:
    """Of every account of the practice, if it likes forms."""
    tenant = await Tenant.itself().find_one({"_id": tenant_id})
    if tenant is not None and tenant.booking_form:
        await _published(context, tenant_id, now)


async def rotate_once(context: Context, tenant_id: str, form_id: str, now: datetime) -> None:
    """The old key is good for another day."""
    try:
        form = await BookingForm.of(tenant_id).get(form_id)
    except NotFound:
        return
    if await rotate(form, context.secret_key, now):
        log.info("form key changed", tenant=tenant_id, form=form_id)
    await _published(context, tenant_id, now)


async def _published(context: Context, tenant_id: str, now: datetime) -> None:
    found = [each for each in await Channel.of(tenant_id).find() if each.provider == "cloud"]
    for waba_id, channels in groupby(sorted(found, key=_account), key=_account):
        form = await kept(tenant_id, waba_id, context.secret_key, now)
        trouble = await _tried(context, form, list(channels), now)
        if trouble is not None:
            log.warning("form not published", tenant=tenant_id, form=form.id)
            await learned(form, now, trouble=trouble)
        await news.tell(tenant_id, "form.changed", form.id)


def _account(channel: Channel) -> str:
    return channel.waba_id


async def _tried(context: Context, form: BookingForm, channels: Sequence[Channel], now: datetime) -> str | None:
    """What is in the way, as a sentence; None: nothing."""
    try:
        await _publish(context, await _known(context, form, channels), channels[0], now)
    except SealBroken:
        return BROKEN
    except SendError as error:
        if error.action in (Action.HALT, Action.PERMANENT) or error.code:
            return REFUSED.format(code=error.code, address=context.address, detail=error.detail[:200]).strip()
        return UNREACHABLE
    return None


async def _api(context: Context, channel: Channel) -> FlowApi:
    provider = await context.provider(channel.tenant_id, channel.id)
    if not isinstance(provider, Graph):
        raise TypeError("a number of Meta's is spoken for by the Graph API")
    return FlowApi(provider.client)


async def _known(context: Context, form: BookingForm, channels: Sequence[Channel]) -> BookingForm:
    """The key belongs to the number, not to the account."""
    for channel in channels:
        if channel.phone_number_id not in form.known_to:
            await (await _api(context, channel)).tell_key(form.public_key(context.secret_key))
            form = await told_key(form, channel.phone_number_id)
    return form


async def _publish(context: Context, form: BookingForm, channel: Channel, now: datetime) -> None:
    endpoint = endpoint_of(context.address, form)
    made, api = version_of(endpoint), await _api(context, channel)
    if form.made == made and (status := await api.status(form.flow_id)) not in (None, DRAFT):
        await learned(form, now, status=status, trouble=GIVEN_UP if status == "DEPRECATED" else "")
        return
    name = NAME.format(made=made) + (f"_{form.number}" if form.number > 1 else "")
    flow_id, status_now = await api.named(name)
    flow_id = flow_id or await api.create(name, endpoint)
    if status_now in ("", DRAFT):
        await api.upload(flow_id)
        await api.publish(flow_id)
    await learned(form, now, flow_id=flow_id, made=made, status=_now(status_now), trouble="", health={})
    log.info("form published", tenant=form.tenant_id, form=form.id)
    if form.flow_id and form.flow_id != flow_id:
        await _retired(api, form.flow_id)


def _now(status: str) -> str:
    """After all of it: a draft has just been published."""
    return status if status not in ("", DRAFT) else PUBLISHED


async def _retired(api: FlowApi, flow_id: str) -> None:
    """The version before. That it stays does no harm."""
    try:
        await api.deprecate(flow_id)
    except SendError as error:
        log.info("old form stays", code=error.code)


def endpoint_of(address: str, form: BookingForm) -> str:
    """Where phones send what is filled in."""
    return f"{address.rstrip('/')}/webhooks/cloud/form/{form.tenant_id}/{form.id}"
