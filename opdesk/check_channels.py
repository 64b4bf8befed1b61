"""Whether each WhatsApp number can speak: its token opens and is taken, and its webhooks come here."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from urllib.parse import urldefrag

import httpx

from bot.channels.cloud import VERSION
from bot.channels.errors import Action, SendError
from clinic.channel import Channel, Provider
from clinic.errors import ClinicError
from clinic.webhook_address import INSIST, at_twilio
from opdesk.finding import Finding
from opdesk.settings import Settings
from workers.twilio_sender import SANDBOX, Account, TwilioSender, sender

TEN = 10.0  # seconds


async def channels(settings: Settings, only: Iterable[Channel] | None = None) -> list[Finding]:
    """What is to be said of them, or of all that there are."""
    found = list(await Channel.every() if only is None else only)
    if not found:
        advice = "there is none: run `opdesk channel add` or `opdesk channel add-twilio`"
        return [Finding("WhatsApp numbers", advice, warning=True)]
    return [finding for channel in found for finding in await _channel(settings, channel)]


def named(channel: Channel) -> str:
    """The number, as the lines of the check begin."""
    return f"number {channel.phone_number_id} of {channel.tenant_id}"


async def _channel(settings: Settings, channel: Channel) -> list[Finding]:
    try:
        token = channel.token(settings.secret_key.get_secret_value())
        channel.shared(settings.secret_key.get_secret_value())
    except ClinicError:
        again = f"set that one, or run `opdesk channel rotate {channel.phone_number_id}`"
        return [Finding(named(channel), f"its token was sealed with another OPDESK_SECRET_KEY: {again}")]
    return await ASK[channel.provider](settings, channel, token)


async def _at_meta(settings: Settings, channel: Channel, token: str) -> list[Finding]:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(base_url=settings.graph_url, timeout=TEN) as graph:
            answer = await graph.get(f"/{VERSION}/{channel.phone_number_id}", headers=headers)
    except httpx.HTTPError as error:
        advice = f"the Graph API does not answer ({type(error).__name__}): check OPDESK_GRAPH_URL and the network"
        return [Finding(named(channel), advice)]
    if answer.status_code == 200:
        return [Finding(named(channel))]
    refused = f"the Graph API refuses its access token (HTTP {answer.status_code})"
    renew = f"make a new one and run `opdesk channel rotate {channel.phone_number_id}`"
    return [Finding(named(channel), f"{refused}: {renew}")]


async def _at_twilio(settings: Settings, channel: Channel, token: str) -> list[Finding]:
    try:
        found = await sender(Account(channel.waba_id, token, settings.twilio_url), channel.phone_number_id)
    except SendError as error:
        return [Finding(named(channel), _refused(channel, error))]
    if found is None:
        return [_unlisted(channel)]
    if not found.speaks:
        why = f" ({found.why})" if found.why else ""
        return [Finding(named(channel), f"the sender is {found.status} at Twilio{why}: look at it in Twilio's console")]
    return [Finding(named(channel)), *_webhooks(settings, channel, found)]


def _refused(channel: Channel, error: SendError) -> str:
    if error.action in (Action.HALT, Action.PERMANENT):
        copy = f"copy the account's primary one and run `opdesk channel rotate {channel.phone_number_id}`"
        return f"Twilio refuses account {channel.waba_id} or its auth token (code {error.code}): {copy}"
    return f"Twilio does not answer ({error}): check OPDESK_TWILIO_URL and the network"


def _unlisted(channel: Channel) -> Finding:
    if channel.phone_number_id in SANDBOX:
        advice = "is Twilio's sandbox, which tells no webhook addresses: compare them in the console"
        return Finding(named(channel), advice, warning=True)
    advice = f"account {channel.waba_id} has no such WhatsApp sender: compare account SID and sender with the console"
    return Finding(named(channel), advice)


def _webhooks(settings: Settings, channel: Channel, found: TwilioSender) -> Iterator[Finding]:
    """Signatures cover the address: one that only leads here is not enough."""
    wanted = at_twilio(settings.address, settings.fallback)
    what = f"webhooks of {channel.phone_number_id}"
    enter = f"run `opdesk channel webhooks {channel.phone_number_id}`, or enter it in Twilio's console"
    if urldefrag(found.messages).url != urldefrag(wanted.messages).url:
        goes = found.messages or "no address at all"
        yield Finding(what, f"Twilio sends them to {goes}, not to {wanted.messages}: {enter}")
    elif not found.fallback:
        yield Finding(what, f"there is no fallback address; it would be {wanted.fallback}: {enter}", warning=True)
    elif urldefrag(found.fallback).url != wanted.fallback:
        advice = f"the fallback address is {found.fallback}, not {wanted.fallback}: {enter}, or set OPDESK_FALLBACK_URL"
        yield Finding(what, advice, warning=True)
    elif not urldefrag(found.messages).fragment:
        yield Finding(what, f"Twilio hardly tries again: add {INSIST} to the address, or {enter}", warning=True)
    else:
        yield Finding(what)


Ask = Callable[[Settings, Channel, str], Awaitable[list[Finding]]]
ASK: Mapping[Provider, Ask] = {"cloud": _at_meta, "twilio": _at_twilio}
