"""A form filled in at the terminal, fed through a pipe."""

import io
import json
from collections.abc import AsyncIterator

import pytest_asyncio
from conftest import Simulator  # type: ignore[import-not-found]
from form_server import KEYS, FormServer, booking, client, form_server
from pywa.types.flows import FlowCategory
from pywa_async.types import FlowButton
from pywa_async.types.flows import FlowActionType

from simulator.terminal import chat

USER = "919876500001"
LINES = "hi|/form|9|1|1|2026-12-25|1|2026-12-24|/back|-|yes|-|1|Asha|maybe|yes|1|thanks|/quit"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[FormServer]:
    async with form_server() as running:
        yield running


async def test_a_booking_by_form_reads_as_a_transcript(simulator: Simulator, server: FormServer) -> None:
    async with client(simulator) as wa:
        await wa.set_business_public_key(KEYS[1])
        category = [FlowCategory.APPOINTMENT_BOOKING]
        flow = await wa.create_flow("B", category, endpoint_uri=server.url, flow_json=booking(), publish=True)
        start = FlowActionType.DATA_EXCHANGE
        button = FlowButton("Choose a time", flow_id=flow.id, flow_token="t", flow_action_type=start)

        async def answer(message: dict, value: dict) -> None:  # type: ignore[type-arg]
            if message["type"] == "text" and message["text"]["body"] == "hi":
                await wa.send_message(f"+{USER}", "Book here.", buttons=button)
            else:
                await simulator.send(USER, text={"body": "Thanks."})

        simulator.bot.on_message = answer
        out = io.StringIO()
        await chat(simulator.url, USER, "Asha", io.StringIO(LINES.replace("|", "\n") + "\n"), out)
    said = out.getvalue()
    for part in (
        "(Choose a time: /form)",
        "== Choose a doctor ==",
        "  [1] Dr Rao (Skin)",
        "  ! 9 is none of the answers.",
        "2026-12-01 to 2026-12-31 without 2026-12-25",
        "  ! Day: This day cannot be chosen.",
        "On 2026-12-24",
        "  ! maybe is none of the answers.",
        "  Doctor (now Dr Rao):",
        "  [1] Book",
        "(form sent)",
        "you: thanks",
    ):
        assert part in said, said
    assert said.count("== Choose a doctor ==") == 2
    reply = simulator.bot.messages[1]["interactive"]["nfm_reply"]["response_json"]
    assert json.loads(reply) == {"flow_token": "t", "name": "Asha"}


async def test_a_form_is_left_and_one_that_is_not_there(simulator: Simulator) -> None:
    out = io.StringIO()
    await chat(simulator.url, USER, "Asha", io.StringIO("/form\n/quit\n"), out)
    assert "! No message in this chat has a form." in out.getvalue()
