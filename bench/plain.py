"""The bot that one would write in an evening: pywa's own webhook and sender, the same conversation kept in memory.

It remembers nothing after a restart, books into a dictionary, and answers 200 before it has done anything. It stands
here so that every figure has something to be compared with, measured in the same run.
"""

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI
from pywa_async import WhatsApp, types

STEPS = ["language", "consent", "name", "clinic", "service", "doctor", "time", "confirm"]
NEXT = dict(zip(STEPS, [*STEPS[1:], "booked"], strict=True))
ASK = {
    "language": (
        "Welcome to Asha Clinics. Which language?",
        ["English", "Hindi", "Spanish", "Arabic", "Portuguese", "French"],
    ),
    "consent": ("May we write to you about your visits?", ["Yes", "No"]),
    "name": ("What is the patient's full name?", []),
    "clinic": ("Which clinic?", ["Bandra", "Andheri"]),
    "service": ("What is it for?", ["Consultation", "Follow-up", "Cleaning"]),
    "doctor": ("Which doctor?", ["Any doctor", "Dr Sharma", "Dr Nair", "Dr Rao", "Dr Siddiqui", "Dr Lopes"]),
    "confirm": ("Shall I book it?", ["Yes, book it", "Change"]),
}
sessions: dict[str, dict[str, Any]] = {}
bookings: dict[tuple[str, str], str] = {}


def times() -> list[str]:
    """The next free times, each formatted as the chat shows it."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return [f"{start + timedelta(hours=n):%a %d %b %H:%M}" for n in range(1, 10)]


def advance(user: str, said: str) -> tuple[str, list[str]]:
    """The next question and its options."""
    session = sessions.setdefault(user, {})
    step = session.get("step")
    if said == "help" and step:
        following = step
    elif step is None or step == "booked":
        following = STEPS[0]
    else:
        session[step] = said
        following = NEXT[step]
    session["step"] = following
    if following == "booked":
        bookings[session["doctor"], session["time"]] = user
        return f"Booked: {session['doctor']}, {session['time']}. https://example.test/{len(bookings)}.ics", []
    if following == "time":
        return "Which time?", times()
    return ASK[following]


def create_app(port: int, graph: str) -> FastAPI:
    """The whole bot."""
    app = FastAPI()
    wa = WhatsApp(
        phone_id="900000000000000",
        token="demo-access-token",
        server=app,
        webhook_endpoint="/webhooks/cloud",
        verify_token="demo-verify-token",
        app_secret="demo-app-secret",
        filter_updates=False,
    )
    wa.api._session.base_url = f"{graph}/v26.0"

    async def answer(user: str, said: str) -> None:
        text, options = advance(user, said)
        if not options:
            await wa.send_message(to=user, text=text, tracker=f"{user}-{datetime.now(UTC).timestamp()}")
            return
        rows = [types.SectionRow(title=title, callback_data=title) for title in options]
        buttons: Any = (
            [types.Button(title=title, callback_data=title) for title in options]
            if len(options) <= 3
            else types.SectionList(button_title="Choose", sections=[types.Section(title="Options", rows=rows)])
        )
        await wa.send_message(to=user, text=text, buttons=buttons, tracker=f"{user}-{datetime.now(UTC).timestamp()}")

    @wa.on_message()
    async def text(_: WhatsApp, message: types.Message) -> None:
        await answer(message.from_user.wa_id, message.text or "")

    @wa.on_callback_button()
    async def button(_: WhatsApp, tapped: types.CallbackButton) -> None:
        await answer(tapped.from_user.wa_id, tapped.data)

    @wa.on_callback_selection()
    async def row(_: WhatsApp, tapped: types.CallbackSelection) -> None:
        await answer(tapped.from_user.wa_id, tapped.data)

    @app.get("/ready")
    async def ready() -> dict[str, int]:
        return {"port": port}

    return app


def main() -> None:
    """One uvicorn process with the fast loop, as its documentation recommends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--graph", required=True)
    options = parser.parse_args()
    uvicorn.run(
        create_app(options.port, options.graph),
        host="127.0.0.1",
        port=options.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
