"""What goes from Redis into the database: transcript, statuses, quarantine, account events, replies that nobody got.

Each of these may be called again with the same: the ids make a repeat harmless.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import orjson
import structlog

from bot import preferences, trouble
from bot.channels.directory import Directory
from bot.cost import Till
from bot.ids import place_of, short
from bot.media import media_of
from bot.overview import Overview
from bot.priced import delivered, of_late, of_records
from bot.record import Record, Told
from bot.streams import Entry
from clinic import (
    booking_form,
    chat,
    clock,
    media,
    message,
    notification,
    number_news,
    provider_event,
    quarantine,
    template_news,
)
from clinic.channel import Channel
from clinic.delivery import StatusChange
from clinic.views import Sender
from flows.choices import told as shown
from flows.desk import Desk
from flows.inbound import Kind
from flows.session import Session

Chats = dict[tuple[str, str], str]  # their ids, by tenant and user id

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A reply that the patient will never get. ``number`` of ours is the one whose status says so; empty: the provider
    refused it at once."""

    outbox_id: str
    tenant_id: str
    sender: Sender
    session: Session
    code: str
    number: str = ""


class Archive(Protocol):
    """Everything that the writer writes."""

    async def transcript(self, records: list[tuple[Record, list[Told]]]) -> None: ...

    async def statuses(self, tales: list[Told]) -> None: ...

    async def quarantine(self, entries: list[Entry]) -> None: ...

    async def events(self, entries: list[Entry]) -> None: ...

    async def undelivered(self, reply: Undelivered) -> None: ...

    async def catch_up(self, everything: bool = False) -> None: ...


OnFile = Callable[[str, str], Awaitable[None]]  # by the ids of tenant and file


async def _left_to_the_sweep(_tenant_id: str, _id: str) -> None:
    """A sweep of the workers finds it."""


@dataclass(slots=True)
class ClinicArchive:
    """The archive in the clinic's database. ``on_file`` is told of every file that is to be fetched, after it is noted,
    so that a worker need not wait for the sweep. It never raises."""

    numbers: Directory
    desk: Callable[[str, Sender], Desk]
    on_file: OnFile = _left_to_the_sweep
    till: Till | None = None
    _overview: Overview = field(default_factory=Overview)

    async def transcript(self, records: list[tuple[Record, list[Told]]]) -> None:
        """Write messages of both sides, with what is known of them."""
        chats = await _chats(record for record, _ in records)
        rows = [record.row(chats[_key(record)], tales) for record, tales in records]
        await self._note_files([record for record, _ in records if record.kind == Kind.MEDIA], chats)
        await message.record(rows)
        if self.till:
            spoken = [(record, tales, chats[_key(record)]) for record, tales in records if tales]
            await self.till.count(await delivered(await of_records(spoken, self.numbers)))
        await self._overview.add((record.written(chats[_key(record)]), record.held) for record, _ in records)

    async def _note_files(self, records: Iterable[Record], chats: Chats) -> None:
        """Before their messages: a message that names a file has one."""
        found = [_file(record, chats[_key(record)]) for record in records]
        for tenant_id in {each.tenant_id for each in found if each}:
            new = await media.note(tenant_id, [each for each in found if each and each.tenant_id == tenant_id])
            for each in new:
                await self.on_file(tenant_id, each)

    async def catch_up(self, everything: bool = False) -> None:
        """Write what waited to be written together."""
        await self._overview.catch_up(everything)
        if self.till:
            await self.till.catch_up(everything)

    async def statuses(self, tales: list[Told]) -> None:
        """Write statuses that came after their message was written, and those of notifications."""
        replies: list[StatusChange] = []
        promises: list[StatusChange] = []
        for told in tales:
            number = await self.numbers.get(told.number)
            if number is None:  # it was ours, or its account says so
                await quarantine.keep("status of an unknown number", told.to_json().decode(), told.at, told.number)
                continue
            if told.id.startswith("n."):
                promises.append(told.change(number.tenant_id, told.id))
            else:  # a message that is not the bot's own is found by the provider's id, if at all
                replies.append(told.change(number.tenant_id, told.id if place_of(told.id) else ""))
        arrived = await of_late(tales, self.numbers) if self.till else []
        await message.apply_statuses(replies)
        await notification.apply_statuses(promises)
        if self.till:
            await self.till.count(await delivered(arrived))

    async def quarantine(self, entries: list[Entry]) -> None:
        """Keep what could not be read, for an operator."""
        for entry in entries:
            body = entry.fields["raw"].decode("utf-8", "replace")
            await quarantine.keep(entry.fields["about"].decode(), body, _time(entry))

    async def events(self, entries: list[Entry]) -> None:
        """Keep news about accounts with the tenant whose account it is."""
        own = [entry for entry in entries if entry.fields["about"] == trouble.FIELD.encode()]
        for entry in own:
            await trouble.heard(_dict(orjson.loads(entry.fields["raw"]).get("value")), _time(entry))
        told = [event for entry in entries if entry not in own and (event := await self._event(entry))]
        for event in told:
            await number_news.heard(event.tenant_id, event.waba_id, event.field, event.value, event.at)
            if event.field == preferences.FIELD:
                await preferences.heard(event.tenant_id, event.value, event.at)
                event.value = preferences.nameless(event.value)
        await provider_event.record(told)
        for event in told:
            await booking_form.heard(event.tenant_id, event.waba_id, event.field, event.value, event.at)
            await template_news.heard(event.tenant_id, event.waba_id, event.field, event.value, event.at)

    async def _event(self, entry: Entry) -> provider_event.ProviderEvent | None:
        account, raw = entry.fields["account"].decode(), entry.fields["raw"]
        channel = await Channel.by_waba_id(account)
        if channel is None:
            await quarantine.keep("unknown account", raw.decode(), _time(entry))
            return None
        return provider_event.ProviderEvent(
            id=short(f"{entry.id} {account}", 12), tenant_id=channel.tenant_id, waba_id=account,
            field=entry.fields["about"].decode(), value=_dict(orjson.loads(raw).get("value")), at=_time(entry),
        )  # fmt: skip

    async def undelivered(self, reply: Undelivered) -> None:
        """Ask a person to call the patient, where the practice's own number says so: each signs for its own alone."""
        if reply.number and not await self._says_so(reply):
            log.warning("a status of another number than the reply's", id=reply.outbox_id)
            return
        desk, session = self.desk(reply.tenant_id, reply.sender), reply.session
        now = clock.now()
        known = shown(session.choices)
        await desk.call_back(reply.outbox_id, "undeliverable", session.step, known, session.language, now)

    async def _says_so(self, reply: Undelivered) -> bool:
        number = await self.numbers.get(reply.number)
        return number is not None and number.tenant_id == reply.tenant_id


async def _chats(records: Iterable[Record]) -> Chats:
    """The chats of these messages."""
    senders: dict[str, list[Sender]] = defaultdict(list)
    for record in records:
        senders[record.tenant_id].append(record.sender)
    known = await asyncio.gather(*(chat.ids(tenant_id, own) for tenant_id, own in senders.items()))
    pairs = zip(senders, known, strict=True)
    return {(tenant_id, user_id): found for tenant_id, own in pairs for user_id, found in own.items()}


def _file(record: Record, chat_id: str) -> media.Media | None:
    return media_of(record.tenant_id, chat_id, record.sender.channel_id, record.id, record.at, record.raw)


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {"value": value}


def _time(entry: Entry) -> datetime:
    """When it came: a stream's ids begin with the milliseconds."""
    return datetime.fromtimestamp(int(entry.id.partition("-")[0]) / 1000, UTC)


def _key(record: Record) -> tuple[str, str]:
    return record.tenant_id, record.sender.user_id
