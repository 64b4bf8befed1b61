"""The job that fetches what a patient sent, and the sweeps: one finds what no job knows of, one removes what is old."""

import base64
import binascii
import hashlib
from datetime import datetime, timedelta

import structlog

from bot.channels.errors import Action, Rule, SendError
from clinic import clock, job, media
from clinic.errors import ClinicError, NotFound
from clinic.media import Media
from clinic.media_type import MOST, type_of
from clinic.tenant import Tenant
from clinic.vault import Vault
from workers import metrics
from workers.context import Context, context, run
from workers.provider import File, TooLarge
from workers.queues import KEPT, files
from workers.scanner import ScannerAway

log = structlog.get_logger()


class NotKept(Exception):
    """The file is none of those that are kept; its word says why."""


def fetch(tenant_id: str, id: str) -> None:
    """The RQ job."""
    run(fetch_once(context(), tenant_id, id, clock.now()))


def sweep_media() -> None:
    """The RQ job: what is due gets a job again."""
    run(ask_for_due(context(), clock.now()))


def remove_old_media() -> None:
    """The RQ job: what a practice does not want to keep any longer is removed."""
    run(remove_old(context(), clock.now()))


async def ask_for_due(context: Context, now: datetime) -> None:
    """One sweep. Two at once do no harm: each file is claimed once. While nobody fetches, nothing is added."""
    queue = files(context.queue)
    if context.vault and not queue.count:
        for ids in await media.overdue(now):
            queue.enqueue(job.FETCH_MEDIA, *ids, result_ttl=0, failure_ttl=KEPT)


async def fetch_once(context: Context, tenant_id: str, id: str, now: datetime) -> None:
    """One attempt, if it is due and there is a place to keep it."""
    if context.vault is None or (claimed := await media.claim(tenant_id, id, now)) is None:
        return
    try:
        outcome = await _attempt(context, context.vault, claimed, now)
    except NotKept as error:
        await media.refused(claimed, "refused", str(error))
        outcome = str(error)
    except SendError as error:
        outcome = await _not_given(claimed, error, now)
    except (ScannerAway, OSError, ClinicError) as error:  # the scanner, the disk, our own records or keys
        await media.put_off(claimed, type(error).__name__, now, waited_for=True)
        outcome = "put_off"
    metrics.FILES.labels(outcome).inc()
    log.info("file looked after", media=id, kind=claimed.kind, outcome=outcome, attempt=claimed.attempt)


async def _attempt(context: Context, vault: Vault, claimed: Media, now: datetime) -> str:
    """Fetch it unless the vault has it already, keep it, then let the scanner look."""
    content = await _stored(vault, claimed)
    if not content:
        content = await _fetched(context, claimed, now)
        await vault.put(claimed.tenant_id, claimed.id, content)
        if not await media.stored(claimed, type_of(content, claimed.kind), len(content)):
            return await _unwanted(vault, claimed)
    if context.scanner and await context.scanner.infected(content):
        await vault.remove(claimed.tenant_id, claimed.id)
        await media.refused(claimed, "infected")
        return "infected"
    if not await media.kept(claimed, "clean" if context.scanner else "not_scanned"):
        return await _unwanted(vault, claimed)
    return "kept"


async def _stored(vault: Vault, claimed: Media) -> bytes:
    """What an earlier attempt has kept, before the scanner could look; empty where it has not."""
    try:
        return await vault.get(claimed.tenant_id, claimed.id) if claimed.stored else b""
    except NotFound:
        return b""


async def _unwanted(vault: Vault, claimed: Media) -> str:
    """It was discarded meanwhile; or somebody else has it in hand, who keeps the same."""
    present = await Media.of(claimed.tenant_id).find_one({"_id": claimed.id})
    if present is None or present.status in ("discarded", "removed"):
        await vault.remove(claimed.tenant_id, claimed.id)
    return "overtaken"


async def _fetched(context: Context, claimed: Media, now: datetime) -> bytes:
    """Its bytes, of a size and a type that are kept. Raises ``NotKept``, ``SendError``."""
    if now > claimed.sent_at + media.AT_PROVIDER:
        raise SendError(Rule(Action.PERMANENT), detail="the provider has it no more")
    if await media.too_many(claimed):
        raise NotKept("too_many")
    provider = await context.provider(claimed.tenant_id, claimed.channel_id)
    try:
        file = await provider.file(claimed.provider_id, MOST[claimed.kind])
    except TooLarge:
        raise NotKept("too_large") from None
    if not (same(file, file.digest) and same(file, claimed.digest)):
        raise NotKept("altered")
    if not type_of(file.content, claimed.kind):
        raise NotKept("wrong_type")
    return file.content


def same(file: File, digest: str) -> bool:
    """Whether the bytes are those that the digest (SHA-256, in hexadecimal or, as in webhooks, in base64) tells of;
    none tells of any."""
    found = hashlib.sha256(file.content).digest()
    return not digest or digest.lower() == found.hex() or _decoded(digest) == found


def _decoded(digest: str) -> bytes:
    try:
        return base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        return b""


async def _not_given(claimed: Media, error: SendError, now: datetime) -> str:
    """The provider says no: for good where it does not know the file any more."""
    if error.action is Action.PERMANENT:
        await media.refused(claimed, "gone", "expired")
        return "gone"
    await media.put_off(claimed, f"{error.action} {error.code}", now)
    return "put_off"


async def remove_old(context: Context, now: datetime) -> int:
    """Of every practice; how many. A second sweep at once removes the same."""
    if context.vault is None:
        return 0
    count = 0
    for tenant in await Tenant.every():
        while found := await media.to_remove(tenant.id, now - timedelta(days=tenant.media_days)):
            for each in found:
                await context.vault.remove(tenant.id, each.id)
                await media.removed(each)
            count += len(found)
    if count:
        log.info("files removed", count=count)
    return count
