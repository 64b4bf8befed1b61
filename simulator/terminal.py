"""A phone in the terminal: type a message, tap an option with ``[2]``, read bubbles and ticks. Works in a pipe, too."""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO

import httpx

from simulator.terminal_form import TerminalForm

Json = dict[str, Any]
HELP = (
    "Type a message; [2] taps the second option; /location LAT,LON, /photo, /contact, /form and /quit do what they say."
)
TICKS = {"accepted": "◷", "sent": "✓", "delivered": "✓✓", "read": "✓✓ read", "failed": "✗"}
TAP = re.compile(r"\[(\d+)\]")
PATIENCE = 15.0  # seconds for an answer, in a pipe
QUIET = 0.7  # seconds without another bubble before the next line of a pipe


def bubble(message: Json) -> list[str]:
    """A message as lines of text, its options numbered."""
    mine = message["direction"] == "in"
    at = datetime.fromtimestamp(message["at"]).astimezone().strftime("%H:%M")
    lines = [*_head(message), *str(message.get("text", "")).splitlines(), *_things(message)]
    if message.get("footer"):
        lines.append(f"({message['footer']})")
    lines += [_option(number, option) for number, option in enumerate(message.get("options", []), 1)]
    lines += [f"-> {link['title']}: {link['url'] or link.get('code', '')}" for link in message.get("links", [])]
    who = ("you" if mine else "clinic") + (" (SMS)" if message.get("sms") else "")
    first = f"{at} {who}: {lines[0] if lines else ''}"
    indent = " " * (len(at) + len(who) + 3)
    return [first, *(indent + line for line in lines[1:])]


def _head(message: Json) -> list[str]:
    header = message.get("header") or {}
    return [header.get("text") or f"<{header['type']}>"] if header else []


def _things(message: Json) -> list[str]:
    lines = []
    if message.get("media"):
        lines.append(
            f"<{message['media']['type']}: {message['media'].get('filename') or message['media'].get('link')}>"
        )
    if place := message.get("location"):
        lines.append(f"<location {place.get('name', '')} {place['latitude']}, {place['longitude']}>")
    lines += [f"<contact {card['name']} {card.get('phone') or ''}>" for card in message.get("contacts", [])]
    if message.get("flow"):
        lines.append(f"({message['button']}: /form)")
    if message.get("asks"):
        lines.append(f"(asks for your {message['asks']}: /{message['asks']})")
    return lines


def _option(number: int, option: Json) -> str:
    details = f" ({option['description']})" if option.get("description") else ""
    return f"  [{number}] {option['title']}{details}"


@dataclass
class Terminal:
    """One person's phone, on three text streams' worth of dependencies: a client, an output, and a prompt."""

    http: httpx.AsyncClient
    user: str
    out: TextIO
    number: str = ""
    options: list[Json] = field(default_factory=list)
    menu: str = ""  # the message that shows them
    form: TerminalForm | None = None  # that is open
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, event: str, data: Json) -> None:
        """Print what concerns this chat."""
        elsewhere = data.get("number", self.number) != self.number and not data.get("sms")
        if data.get("user") != self.user or elsewhere:
            return
        if event == "message":
            self._show_message(data)
        elif event == "status" and (data["direction"] == "in" or data["status"] == "failed"):
            self._show_status(data)

    def _show_message(self, message: Json) -> None:
        if message["direction"] == "out":
            if options := message.get("options") or message.get("numbered"):
                self.options, self.menu = options, message["id"]
            self.heard.set()
        self.write(bubble(message))

    def _show_status(self, message: Json) -> None:
        why = (message.get("error") or {}).get("title", "")
        self.write([f"      {TICKS.get(message['status'], '')} {why}".rstrip()])

    def write(self, lines: list[str]) -> None:
        """Print, at once."""
        self.out.write("\n".join(lines) + "\n")
        self.out.flush()

    async def do(self, line: str) -> bool:
        """Act on one line. False where it ends the chat."""
        line = line.strip()
        if line == "/quit":
            return False
        if line == "/help":
            self.write([HELP])
            self.heard.set()
        elif line:
            await self._act(line)
        return True

    async def _act(self, line: str) -> None:
        self.heard.clear()
        if self.form or line == "/form":
            await self._fill_in(line)
            return
        action, body = self._meant(line)
        if action is None:
            self.write([f"There is no option {line}."])
            self.heard.set()
            return
        answer = await self.http.post(f"/phone/{self.user}/{action}", json={"number": self.number, **body})
        if answer.status_code != 200:
            self.write([f"! {answer.json().get('detail', answer.status_code)}"])
            self.heard.set()

    async def _fill_in(self, line: str) -> None:
        """What is typed goes to the form until it is sent or left."""
        try:
            if self.form is None:
                self.form = await TerminalForm.opened(self.http, self.user, "", self.number)
                self.write(self.form.begun())
            else:
                self.write(await self.form.answer(line))
        except httpx.HTTPStatusError as problem:
            self.write([f"! {problem.response.json().get('detail', problem.response.status_code)}"])
            self.form = None
        sent = self.form is not None and self.form.view["state"] == "done"
        self.form = None if self.form and self.form.over else self.form
        if not sent:
            self.heard.set()

    def _meant(self, line: str) -> tuple[str | None, Json]:
        word, _, rest = line.partition(" ")
        if tapped := TAP.fullmatch(line):
            index = int(tapped.group(1)) - 1
            known = 0 <= index < len(self.options)
            return ("tap", {"id": self.options[index]["id"], "message": self.menu}) if known else (None, {})
        if word in COMMANDS:
            return COMMANDS[word](rest)
        return "text", {"text": line}

    async def wait_for_answer(self) -> None:
        """In a pipe: until the clinic has answered and nothing more comes."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.heard.wait(), PATIENCE)
            while True:
                self.heard.clear()
                await asyncio.wait_for(self.heard.wait(), QUIET)


def _location(rest: str) -> tuple[str, Json]:
    numbers = re.findall(r"-?\d+(?:\.\d+)?", rest)
    latitude, longitude = (numbers + ["19.1364", "72.8296"][len(numbers) :])[:2]
    return "location", {"latitude": float(latitude), "longitude": float(longitude)}


COMMANDS: dict[str, Callable[[str], tuple[str, Json]]] = {
    "/location": _location,
    "/photo": lambda rest: ("media", {"type": "image", "caption": rest}),
    "/contact": lambda rest: ("contacts", {"phone": rest} if rest else {}),
}


async def events(http: httpx.AsyncClient) -> AsyncIterator[tuple[str, Json]]:
    """The simulator's stream of events."""
    name = ""
    async with http.stream("GET", "/phone/stream", timeout=None) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                yield name, json.loads(line[6:])


class NoSuchNumber(Exception):
    """The clinics have no such number; the message names those that they have."""


def meant(numbers: list[Json], written: str) -> Json:
    """The clinic's number that is meant: by its id, its digits or a part of its name; the first, if none is written."""
    wanted = written.casefold()
    digits = "".join(filter(str.isdecimal, wanted))
    tests: tuple[Callable[[Json], bool], ...] = (
        lambda number: number["id"].casefold() == wanted,
        lambda number: bool(digits) and "".join(filter(str.isdecimal, number["phone"])) == digits,
        lambda number: wanted in number["name"].casefold(),
    )
    for fits in tests:
        if found := next(filter(fits, numbers), None):
            return found
    known = "; ".join(f"{number['id']} ({number['name']})" for number in numbers)
    raise NoSuchNumber(f"There is no number {written!r}. There are: {known}")


async def chat(simulator_url: str, user: str, name: str, source: TextIO, out: TextIO, number: str = "") -> None:
    """Talk until ``source`` ends. Lines of a pipe wait for the answer to the one before."""
    async with httpx.AsyncClient(base_url=simulator_url) as http:
        await http.post("/phone/people", json={"user": user, "name": name})
        directory = (await http.get("/phone/people")).json()
        clinic = meant(directory["numbers"], number)
        terminal = Terminal(http, user.lstrip("+"), out, number=clinic["id"])
        terminal.write([f"{name or user} writes to {clinic['name']}. {HELP}"])
        listening = asyncio.create_task(_listen(http, terminal))
        await terminal.heard.wait()  # the stream is open
        try:
            await _talk(terminal, source)
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening


async def _listen(http: httpx.AsyncClient, terminal: Terminal) -> None:
    async for event, data in events(http):
        if event == "hello":
            terminal.heard.set()
        terminal.show(event, data)


async def _talk(terminal: Terminal, source: TextIO) -> None:
    piped = not source.isatty()
    while line := await asyncio.to_thread(source.readline):
        if not await terminal.do(line):
            return
        if piped and line.strip():
            await terminal.wait_for_answer()


def run(simulator_url: str, user: str = "919876500001", name: str = "Asha", number: str = "") -> None:
    """``opdesk chat``: a phone on standard input and output, until the input ends or Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(chat(simulator_url, user, name, sys.stdin, sys.stdout, number))
        except NoSuchNumber as problem:
            sys.exit(str(problem))
        except httpx.ConnectError:
            sys.exit(f"The simulator does not answer at {simulator_url}: start it with `opdesk demo`.")
