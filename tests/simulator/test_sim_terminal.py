"""The phone in the terminal, fed through a pipe."""

import io
from typing import Any

from conftest import Simulator  # type: ignore[import-not-found]

from simulator.terminal import bubble, chat

USER = "919876500001"


async def answer(simulator: Simulator, message: dict[str, Any], _: dict[str, Any]) -> None:
    """Buttons for a text, thanks for a tap, a question for a pin."""
    reply = message.get("interactive", {}).get("button_reply")
    if message["type"] == "text":
        buttons = [{"type": "reply", "reply": {"id": key, "title": key.title()}} for key in ("yes", "no")]
        menu = {"type": "button", "body": {"text": "Shall I book?"}, "action": {"buttons": buttons}}
        await simulator.send(USER, type="interactive", interactive=menu)
    elif reply:
        await simulator.send(USER, text={"body": f"You said {reply['id']}."})
    else:
        await simulator.send(USER, text={"body": f"Thanks for the {message['type']}."})


async def test_a_piped_conversation_reads_as_a_transcript(simulator: Simulator) -> None:
    simulator.bot.on_message = lambda message, value: answer(simulator, message, value)
    out = io.StringIO()
    await chat(simulator.url, USER, "Asha", io.StringIO("hi\n[2]\n\n/location 19.1, 72.8\n[9]\n/quit\nnever\n"), out)
    said = out.getvalue()
    assert "Asha writes to Asha Clinics" in said
    assert "clinic: Shall I book?" in said
    assert "  [1] Yes\n" in said
    assert "  [2] No\n" in said
    assert "you: No" in said
    assert "clinic: You said no." in said
    assert "clinic: Thanks for the location." in said
    assert "There is no option [9]." in said
    assert "✓✓" in said
    assert "never" not in said


def test_everything_in_a_bubble_is_text() -> None:
    message = {
        "direction": "out",
        "at": 0,
        "header": {"type": "text", "text": "Asha Clinics"},
        "text": "Booked\nfor Monday",
        "footer": "bye",
        "links": [{"title": "Map", "url": "https://x.test"}],
        "media": {"type": "image", "link": "https://x.test/a.png"},
        "location": {"latitude": 1, "longitude": 2, "name": "Clinic"},
        "contacts": [{"name": "Dr Rao", "phone": "+91"}],
        "asks": "location",
    }
    text = "\n".join(bubble(message))
    for part in (
        "clinic: Asha Clinics",
        "for Monday",
        "(bye)",
        "Map: https://x.test",
        "<image",
        "Clinic 1, 2",
        "Dr Rao",
    ):
        assert part in text
    assert "asks for your location: /location" in text
