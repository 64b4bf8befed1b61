"""``/control``: switch faults, move the clock, change people and templates, read transcripts. See ``/docs``."""

from dataclasses import asdict, replace
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from simulator import reviews
from simulator.clock import Clock
from simulator.errors import Json
from simulator.faults import Faults
from simulator.judgement import told
from simulator.network import Network
from simulator.template import Template
from simulator.webhooks import field_change


class ClockChange(BaseModel):
    """Move by ``seconds`` (also back), ``freeze`` or let run on (``false``), or ``reset`` to the real time."""

    model_config = ConfigDict(extra="forbid")
    seconds: float = 0.0
    freeze: bool | None = None
    reset: bool = False


class PersonChange(BaseModel):
    """What a person's phone does. What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")
    reachable: bool | None = Field(default=None, description="false: every message fails with 131026")
    online: bool | None = Field(default=None, description="false: messages stay at one tick until the phone is back")
    reads: bool | None = Field(default=None, description="false: no read receipts")
    drops_flow_token: bool | None = Field(default=None, description="true: forms are sent without their flow_token")
    numberless: bool | None = Field(default=None, description="true: webhooks carry no wa_id and no from")


class TemplateChange(BaseModel):
    """A status that Meta might give: APPROVED, REJECTED, PAUSED, DISABLED, PENDING, FLAGGED, ..."""

    status: str = Field(pattern="^[A-Z_]+$")
    reason: str = "NONE"


class NumberChange(BaseModel):
    """How Meta judges a number. What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")
    quality: Literal["GREEN", "YELLOW", "RED"] | None = None
    limit: Literal["TIER_250", "TIER_2K", "TIER_10K", "TIER_100K", "TIER_UNLIMITED"] | None = Field(
        default=None, description="of people in a day whom the business writes to first"
    )
    high: bool | None = Field(default=None, description="true: Meta has upgraded its throughput")


class Event(BaseModel):
    """Any other webhook: the ``field`` and ``value`` of one change."""

    field: str
    value: dict[str, Any]
    waba_id: str = ""


class Address(BaseModel):
    """Where the webhooks go."""

    url: str


def router(network: Network) -> APIRouter:
    """All routes under ``/control``."""
    routes = APIRouter(prefix="/control", tags=["control"])
    _faults(routes, network)
    _clock(routes, network)
    _people(routes, network)
    _templates(routes, network)
    _numbers(routes, network)
    _webhooks(routes, network)
    return routes


def _faults(routes: APIRouter, network: Network) -> None:
    @routes.get("/faults")
    async def read_faults() -> Faults:
        """All switches and how they stand."""
        return network.dice.faults

    @routes.patch("/faults")
    async def switch_faults(change: Faults) -> Faults:
        """Set the switches that are named; the others stay.

        ``duplicate``, ``reorder`` (+ ``reorder_seconds``), ``delay``, ``lose_statuses`` and ``batch`` concern
        the webhooks, ``fail_late`` what statuses say; ``fail_code`` with ``fail_next`` or ``fail_every``,
        ``html_next``, ``slow``, ``drop_next``, ``drop_every`` and ``throttle`` concern the answers to sends.
        """
        network.dice.faults = network.dice.faults.model_copy(update=change.model_dump(exclude_unset=True))
        network.stream.tell("faults", network.dice.faults.model_dump())
        return network.dice.faults

    @routes.delete("/faults")
    async def clear_faults() -> Faults:
        """Everything works again."""
        network.dice.faults = Faults()
        network.stream.tell("faults", network.dice.faults.model_dump())
        return network.dice.faults


def _shown(clock: Clock) -> Json:
    return {"now": clock.now(), "offset": clock.offset, "frozen": clock.frozen_at is not None}


def _clock(routes: APIRouter, network: Network) -> None:
    @routes.get("/clock")
    async def read_clock() -> Json:
        """The simulator's time (Unix seconds), how far it was moved, and whether it stands still."""
        return _shown(network.clock)

    @routes.post("/clock")
    async def change_clock(change: ClockChange) -> Json:
        """Move, freeze or reset the clock. The 24-hour window and the rate limits follow it."""
        if change.reset:
            network.clock.reset()
        network.clock.move(change.seconds)
        if change.freeze is not None:
            (network.clock.freeze if change.freeze else network.clock.thaw)()
        network.changed = True
        network.stream.tell("clock", _shown(network.clock))
        return _shown(network.clock)


def _people(routes: APIRouter, network: Network) -> None:
    @routes.get("/messages")
    async def transcript(user: str, number: str = "") -> Json:
        """All bubbles of a person (with one number, or with all), oldest first."""
        bubbles = [
            message
            for number_id in ([number] if number else network.world.numbers)
            for message in network.world.chat(number_id, user.lstrip("+"))
        ]
        return {"messages": [message.shown() for message in sorted(bubbles, key=lambda message: message.at)]}

    @routes.patch("/people/{user}")
    async def change_person(user: str, change: PersonChange) -> Json:
        """Make a person unreachable, offline, unread or number-less, or the opposite."""
        person = network.world.meet(user.lstrip("+"))
        for name, value in change.model_dump(exclude_none=True).items():
            setattr(person, name, value)
        network.changed = True
        network.catch_up(person)
        shown = {name: getattr(person, name) for name in PersonChange.model_fields}
        network.stream.tell("person", {"user": person.key, **shown})
        return shown

    @routes.delete("/messages")
    async def forget() -> Json:
        """Empty all chats and forget all people; templates stay."""
        network.world.chats.clear()
        network.world.people.clear()
        network.changed = True
        network.stream.tell("reload", {})
        return {"success": True}


def _templates(routes: APIRouter, network: Network) -> None:
    @routes.get("/templates")
    async def all_templates() -> Json:
        """The templates of all accounts."""
        return {"templates": [template.shown() for template in network.world.templates.values()]}

    @routes.post("/templates/{name}")
    async def change_template(name: str, change: TemplateChange, language: str = "") -> Json:
        """Give a template (by name or id; in one language or all) another status, with its webhook."""
        found = [template for template in network.world.templates.values() if _meant(template, name, language)]
        if not found:
            raise HTTPException(404, f"There is no template {name!r}.")
        for template in found:
            reviews.set_status(network, template, change.status, change.reason)
        return {"templates": [template.shown() for template in found]}


def _meant(template: Template, name: str, language: str) -> bool:
    return name in (template.name, template.id) and language in ("", template.language)


def _numbers(routes: APIRouter, network: Network) -> None:
    @routes.patch("/numbers/{number}")
    async def judge_number(number: str, change: NumberChange) -> Json:
        """Let Meta judge a number otherwise: its node says so, and a webhook."""
        found = network.world.numbers.get(number)
        if found is None or found.provider != "cloud":
            raise HTTPException(404, f"There is no number {number!r}.")
        before = network.world.judgement(number)
        after = network.world.judged[number] = replace(before, **change.model_dump(exclude_none=True))
        for each in told(found, before, after):
            network.courier.send(f"event/{found.waba_id}", each)
        return asdict(after)


def _webhooks(routes: APIRouter, network: Network) -> None:
    @routes.post("/webhook")
    async def post_event(event: Event) -> Json:
        """Post any change, signed: account events, user preferences, fields that do not exist yet."""
        waba_id = event.waba_id or network.config.numbers[0].waba_id
        network.courier.send(f"event/{waba_id}", field_change(waba_id, event.field, event.value))
        return {"success": True}

    @routes.get("/webhooks")
    async def webhook_state() -> Json:
        """Where webhooks go, whether the address was verified, how many wait for a 200, and why."""
        courier = network.courier
        return {
            "url": courier.address,
            "verified": courier.verified,
            "waiting": courier.waiting,
            "problem": courier.last_problem,
        }

    @routes.post("/webhooks")
    async def change_address(address: Address) -> Json:
        """Send webhooks to another address from now on; answers whether it passed the handshake."""
        network.courier.address = address.url
        return {"url": address.url, "verified": await network.courier.verify()}
