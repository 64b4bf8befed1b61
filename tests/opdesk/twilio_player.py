"""Plays a conversation over Twilio on a whole desk: bot, worker, scheduler and API as processes, the simulator's Twilio
between them and the patient. What is written down is what the phone shows."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from running_demo import running_demo, until

Json = dict[str, Any]
TWILIO, CLOUD = "whatsapp:+15550000001", "100000000000001"
ACCOUNT = "ACdemo"
ZONE = ZoneInfo("Asia/Kolkata")
MONDAY = datetime(2027, 1, 4, 7, 0, tzinfo=ZONE)  # before anybody opens
ISOLATES = str.maketrans("", "", "\u2066\u2067\u2068\u2069")
# What is another one each time: ports and keys, and the references of visits.
CHANGING = {re.compile(r"http://127\.0\.0\.1:\d+/\S+"): "<link>", re.compile(r"\b[0-9A-Z]{3}-[0-9A-Z]{3}\b"): "<ref>"}


@dataclass
class Desk:
    """A running ``opdesk demo`` whose clock says Monday morning."""

    simulator: str
    api: str
    http: httpx.Client

    def move_to(self, moment: datetime) -> None:
        """Let time pass, for everybody."""
        now = self.http.get(f"{self.simulator}/control/clock").json()["now"]
        answer = self.http.post(f"{self.simulator}/control/clock", json={"seconds": moment.timestamp() - now})
        answer.raise_for_status()

    def staff(self, who: str, method: str, path: str, **body: Any) -> Json:
        """A call of the staff API, signed in for it: an access token does not last as long as the leaps in time."""
        login = {"email": f"{who}@demo.opdesk.test", "password": "demo-password"}
        token = self.http.post(f"{self.api}/auth/login", json=login).raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        given: Json = {"params": body} if method == "GET" else {"json": body}
        answer = self.http.request(method, f"{self.api}{path}", headers=headers, **given)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def knows_its_templates(self) -> bool:
        """Whether Twilio has approved them, and the desk has heard of it."""
        items = self.staff("owner", "GET", "/templates", limit=200)["items"]
        return bool(items) and all(
            any(each["account"] == ACCOUNT and each["status"] == "APPROVED" for each in item["accounts"])
            for item in items
        )


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """Runs until the end of the block."""
    with running_demo(folder) as urls, httpx.Client(timeout=30) as http:
        desk = Desk(*urls, http)
        until(desk.knows_its_templates, "Twilio approves the templates")
        desk.move_to(MONDAY)
        yield desk


@dataclass
class Phone:
    """One patient's phone, and one of the clinic's numbers on it. ``shown``: what was written down already."""

    desk: Desk
    user: str
    name: str
    number: str = TWILIO
    shown: set[str] = field(default_factory=set)
    last: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Somebody is handed it."""
        person = {"user": self.user, "name": self.name}
        self.desk.http.post(f"{self.desk.simulator}/phone/people", json=person).raise_for_status()

    def bubbles(self) -> list[Json]:
        """The chat."""
        asked = {"user": self.user, "number": self.number}
        answer = self.desk.http.get(f"{self.desk.simulator}/control/messages", params=asked)
        return [each for each in answer.json()["messages"] if each["direction"] == "out"]

    def act(self, action: str, **body: Any) -> None:
        """Something the person does."""
        path = f"{self.desk.simulator}/phone/{self.user}/{action}"
        answer = self.desk.http.post(path, json={"number": self.number, **body})
        assert answer.is_success, answer.text

    def answer(self, *, unasked: bool = False) -> Json:
        """The next bubble: of the chat, or a template that comes by itself."""
        found: Json = until(lambda: self._next(unasked), f"a bubble, unasked: {unasked}, after {self.last.get('text')}")
        self.shown.add(found["id"])
        self.last = found
        return found

    def _next(self, unasked: bool) -> Json | None:
        new = (each for each in self.bubbles() if each["id"] not in self.shown)
        return next((each for each in new if bool(each.get("template")) == unasked), None)

    def tap(self, title: str) -> None:
        """An option of the bubble that was answered last, or of that with such an option."""
        for bubble in (self.last, *reversed(self.bubbles())):
            for option in bubble.get("options") or []:
                if option["title"].translate(ISOLATES) == title:
                    self.act("tap", id=option["id"], message=bubble["id"])
                    return
        raise AssertionError(f"no option {title!r}")


def written(bubble: Json) -> list[str]:
    """A bubble as the phone shows it, without what differs each time."""
    header = (bubble.get("header") or {}).get("text")
    text = "\n".join(filter(None, (header, bubble.get("text"), bubble.get("footer"))))
    text = text.translate(ISOLATES)
    for changing, mark in CHANGING.items():
        text = changing.sub(mark, text)
    first, *rest = text.split("\n")
    who = "bot, by template" if bubble.get("template") else "bot"
    rows = [f"  [{each['title']}] {each.get('description') or ''}".rstrip() for each in bubble.get("options") or []]
    links = [f"  -> {each['title']}" for each in bubble.get("links") or []]
    return [
        f"{who}: {first}",
        *(f"   | {line}".rstrip() for line in rest),
        *(r.translate(ISOLATES) for r in rows),
        *links,
    ]


def play(phone: Phone, script: str) -> str:
    """The transcript of the script: its own lines, and what the phone showed."""
    lines: list[str] = []
    for line in script.splitlines():
        if line.startswith(("bot", "  ")) or (not line and lines and lines[-1] == ""):
            continue
        lines.append(line)
        if line and not line.startswith("#"):
            lines += _act(phone, *map(str.strip, line.split(":", 1)))
    return "\n".join(lines).rstrip() + "\n"


def _act(phone: Phone, who: str, what: str) -> list[str]:
    unasked = DOES[who](phone, what)
    return [] if unasked is None else written(phone.answer(unasked=unasked))


def _patient(phone: Phone, what: str) -> bool:
    tapped = re.fullmatch(r"\[(.+)\]", what)
    if tapped:
        phone.tap(tapped[1])
    else:
        phone.act("text", text=what)
    return False


def _time(phone: Phone, what: str) -> None:
    phone.desk.move_to(datetime.fromisoformat(what).replace(tzinfo=ZONE))


def _conversation(phone: Phone) -> str:
    """Its id, as soon as it is on file that the patient has just written."""

    def found() -> str | None:
        listed = phone.desk.staff("reception", "GET", "/conversations", limit=200)["items"]
        return next((each["id"] for each in listed if each["name"] == phone.name and each["window_open"]), None)

    return str(until(found, f"the conversation of {phone.name}"))


def _staff(action: str, answered: bool | None) -> Callable[[Phone, str], bool | None]:
    def act(phone: Phone, what: str) -> bool | None:
        said = {"text": what} if what else {}
        phone.desk.staff("reception", "POST", f"/conversations/{_conversation(phone)}/{action}", **said)
        return answered

    return act


DOES: dict[str, Callable[[Phone, str], bool | None]] = {
    "patient": _patient,
    "then": lambda *_: True,
    "it is": _time,
    "staff takes over": _staff("take", None),
    "staff says": _staff("messages", False),
    "staff hands back": _staff("hand-back", False),
}
