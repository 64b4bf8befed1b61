"""One JSON file that lets a demo's chats, people and templates survive a restart."""

import asyncio
import json
import time
from dataclasses import asdict
from pathlib import Path

from simulator.errors import Json
from simulator.flow import Flow
from simulator.network import Network
from simulator.people import Message, Person
from simulator.template import Template
from simulator.twilio_content import Content

VERSION = 1
EVERY = 2.0  # seconds
RATHER_SERVE = 50  # times as long as writing takes


def dump(network: Network) -> Json:
    """Everything worth keeping, as plain JSON."""
    world, clock = network.world, network.clock
    return {
        "version": VERSION,
        "clock": {"offset": clock.offset, "frozen_at": clock.frozen_at},
        "people": [asdict(person) for person in world.people.values()],
        "messages": [asdict(message) for bubbles in world.chats.values() for message in bubbles],
        "templates": [asdict(template) for template in world.templates.values()],
        "contents": [asdict(content) for content in world.contents.values()],
        "flows": [asdict(flow) for flow in world.flows.values()],
        "public_keys": world.public_keys,
        "unsubscribed": sorted(world.unsubscribed),
        "deleted": world.deleted,
        "delivered": world.delivered,
    }


def load(network: Network, state: Json) -> None:
    """Take up a state that ``dump`` wrote."""
    world, clock = network.world, network.clock
    clock.offset, clock.frozen_at = state["clock"]["offset"], state["clock"]["frozen_at"]
    for person in state["people"]:
        world.add_person(Person(**person))
    for message in state["messages"]:
        if message["number"] in world.numbers:
            world.remember(Message(**message))
    world.templates = {template["id"]: Template(**template) for template in state["templates"]}
    world.contents = {content["sid"]: Content(**content) for content in state.get("contents", ())}
    world.flows = {flow["id"]: Flow(**flow) for flow in state.get("flows", ())}
    world.public_keys.update(state.get("public_keys", {}))
    world.unsubscribed = {(sender, user) for sender, user in state.get("unsubscribed", ())}
    world.deleted, world.delivered = state["deleted"], state["delivered"]


def restore(network: Network, path: Path) -> None:
    """Load the file, if there is one. An unreadable one is set aside, so that the demo starts all the same."""
    if not path.exists():
        return
    try:
        load(network, json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        path.rename(path.with_suffix(".broken.json"))


def save(network: Network, path: Path) -> None:
    """Write the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(dump(network)))
    draft.replace(path)


async def keep_saving(network: Network, path: Path) -> None:
    """Write the file a moment after each change; less often where that takes long: nobody is served meanwhile."""
    took = 0.0
    while True:
        await asyncio.sleep(max(EVERY, RATHER_SERVE * took))
        if network.changed:
            network.changed = False
            began = time.monotonic()
            save(network, path)
            took = time.monotonic() - began
