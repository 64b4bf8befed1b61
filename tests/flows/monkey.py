"""A patient who taps and writes whatever comes to hand, in whatever language, at a desk whose stores come and go; and
what must hold of everything that it is told."""

import inspect
import random
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from babel.dates import format_date, format_timedelta, get_day_names, get_month_names, get_period_names
from form_phone import FormPhone
from player import Player
from test_any_conversation import WORDS, check

from flows.catalogue import texts
from flows.conversations import CONVERSATIONS
from flows.files import RUN
from flows.form.answer import Filled, Over, Screen
from flows.inbound import STAFF, Inbound, Kind
from flows.reply import Reply
from flows.session import Session
from flows.speech import short_day
from flows.tap import MARK, OFFER, VISIT
from flows.texts import languages
from flows.turn import SILENT, turn

WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)?")
NAMELESS = re.compile(r"https?://\S+|\b[A-Z0-9]{3}-[A-Z0-9]{3}\b")  # addresses and references: drawn letters
KINDS = sorted(set(Kind) - STAFF)
PAYLOADS = ("household.come.ours", "household.move.x", "offer.yes.none", "mark.9.x", "visit.come..0", "0:yes", "::")
TODAY = date(2027, 1, 4)
FILLS_IN = 0.6  # of the forms
TRIES = 5  # of one message, as the bot has them


class Shaky:
    """A desk whose store goes away now and then: before something is done, or after, when nobody learns of it."""

    def __init__(self, desk: Any, dice: random.Random, share: float = 0.02) -> None:
        self.desk, self.dice, self.share, self.faults = desk, dice, share, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.desk, name)
        return self._shaken(found) if inspect.iscoroutinefunction(found) else found

    def _shaken(self, ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def asked(*args: Any, **more: Any) -> Any:
            self._perhaps_fail()
            answer = await ask(*args, **more)
            self._perhaps_fail()
            return answer

        return asked

    def _perhaps_fail(self) -> None:
        if self.dice.random() < self.share:
            self.faults += 1
            raise ConnectionError("the store is away")


@dataclass
class Monkey:
    """``data`` are words of the practice and its patients, that stand in a chat of any language."""

    player: Player
    dice: random.Random
    data: set[str]
    open_desk: Callable[[], None] = lambda: None  # anew for each try, as the bot does
    turns: int = 0
    forms: int = 0  # filled in
    seen: set[str] = field(default_factory=set)  # steps
    spoken: set[str] = field(default_factory=set)  # languages

    async def say(self, text: str) -> None:
        """These words."""
        await self._send_it(Kind.TEXT, {"text": text})

    async def act(self) -> None:
        """One thing that comes to hand; and time passes."""
        if self.player.replies and self.player.replies[-1].form and self.dice.random() < FILLS_IN:
            await self._fill_in()
            return
        what = self.dice.choices((self._tap, self._old_tap, self._write, self._babble, self._send), (60, 6, 20, 8, 6))[
            0
        ]
        kind, fields = what()
        await self._send_it(kind, fields)
        minutes = self.dice.choices((0, 1, 45, 700, 60 * 24 * 3), (70, 20, 5, 4, 1))[0]
        self.player.now += timedelta(minutes=minutes)
        self.player.lateness = timedelta(hours=self.dice.choices((0, 4), (97, 3))[0])

    def _tap(self) -> tuple[Kind, dict[str, object]]:
        options = self.player.replies[-1].options if self.player.replies else ()
        if not options:
            return self._write()
        option = self.dice.choice(options)
        return Kind.CHOICE, {"choice": option.id, "text": option.title}

    def _old_tap(self) -> tuple[Kind, dict[str, object]]:
        """Of an earlier bubble, or of a template."""
        shown = [option.id for reply in self.player.replies[-40:] for option in reply.options]
        visits = [each for name in ("visits", "booked") for each in getattr(self.player.desk, name, ())]
        meant = self.dice.choice([*visits, "strangers"])
        buttons = [f"visit.{action}.{meant}.{self.dice.randrange(3)}" for action in sorted(VISIT)]
        others = [f"mark.{mark}.{meant}" for mark in sorted(MARK)] + [f"offer.{each}.{meant}" for each in sorted(OFFER)]
        return Kind.CHOICE, {"choice": self.dice.choice([*shown, *buttons, *others, *PAYLOADS])}

    def _write(self) -> tuple[Kind, dict[str, object]]:
        """Mostly in the language that is spoken; sometimes in any, which may change it."""
        own = phrases(self.player.session.language or "en")
        anywhere = self.dice.choice((self.dice.choice(WORDS), self.dice.choice(phrases(*languages()))))
        return Kind.TEXT, {"text": anywhere if self.dice.random() < 0.2 else self.dice.choice(own)}

    def _babble(self) -> tuple[Kind, dict[str, object]]:
        letters = "abcdefgh 0123456789 अआकखग ابتث éñçã 🙂?!.:,\n"
        return Kind.TEXT, {"text": "".join(self.dice.choices(letters, k=self.dice.randrange(1, 60)))}

    def _send(self) -> tuple[Kind, dict[str, object]]:
        return self.dice.choice(KINDS), {"latitude": 12.9, "longitude": 77.6, "phone": "919812345678"}

    async def _fill_in(self) -> None:
        """The form, anyhow; often it is left, or somebody is faster."""
        phone = FormPhone(self.player)
        found = await self._steady(phone.open)
        while isinstance(found, Screen) and len(phone.path) < 15 and self.dice.random() < 0.95:
            said = words(text for text in spoken_on(found.data))
            known = self.data | await self._patients()
            assert leftovers(" ".join(said), self.player.session.language, known) == set(), found
            fields = chosen_on(found.data, self.dice)
            found = await self._steady(lambda fields=fields: phone.fill(**fields))  # type: ignore[misc]
        self.forms += bool(phone.choice)
        if phone.choice:
            await self._send_it(Kind.FORM, {"choice": phone.choice})

    async def _steady(self, ask: Callable[[], Awaitable[Screen | Filled | Over]]) -> Screen | Filled | Over:
        """A phone asks again where the endpoint did not answer."""
        for _ in range(TRIES * 4):
            self.open_desk()
            try:
                return await ask()
            except ConnectionError:
                continue
        raise AssertionError("the desk never came back")

    async def _send_it(self, kind: Kind, fields: dict[str, object]) -> None:
        """Tried again as the bot tries, with the same id, while the store is away."""
        player = self.player
        player.count += 1
        self.turns += 1
        at = player.now - player.lateness
        inbound = Inbound(f"m{player.count}", at, kind, **fields)  # type: ignore[arg-type]
        told = player.session.kept_at  # of files in a row the first is answered
        session, replies = await self._answered(inbound)
        silent = kind in SILENT or (kind is Kind.MEDIA and told and session.kept_at - told <= RUN)
        assert len(replies) == (not silent), (kind, fields)
        player.session = Session.from_json(session.to_json())
        player.replies += replies
        for reply in replies:
            await self._look_at(reply, inbound)

    async def _answered(self, inbound: Inbound) -> tuple[Session, list[Reply]]:
        player = self.player
        for _ in range(TRIES * 4):
            self.open_desk()
            try:
                return await turn(player.flows, player.session, inbound, player.desk, player.now)
            except ConnectionError:
                continue
        raise AssertionError("the desk never came back")

    async def _look_at(self, reply: Reply, inbound: Inbound) -> None:
        session = self.player.session
        check(reply)
        flow = CONVERSATIONS[session.flow]
        assert session.step in flow.steps
        assert reply.options or reply.ask_location or session.step == "person", f"a dead end at {session.step}"
        self.seen.add(session.step)
        self.spoken.add(session.language)
        said = " ".join([reply.text, reply.menu, *(f"{each.title} {each.description}" for each in reply.options)])
        known = self.data | words([inbound.text]) | words(session.choices.values()) | await self._patients()
        assert leftovers(said, session.language, known) == set(), (session.language, said)

    async def _patients(self) -> set[str]:
        """The monkey's own word for who they are."""
        desk = getattr(self.player.desk, "desk", self.player.desk)
        return words(patient.name for patient in (await desk.chat()).patients)


def spoken_on(data: dict[str, Any]) -> Iterator[str]:
    """All that somebody reads on a screen of the form."""
    yield from (str(data.get(name, "")) for name in ("heading", "button", "label", "summary", "hint", "error_message"))
    for value in data.values():
        if isinstance(value, list):
            yield from (f"{row['title']} {row.get('description', '')}" for row in value if isinstance(row, dict))


def chosen_on(data: dict[str, Any], dice: random.Random) -> dict[str, str]:
    """Something of each list of a screen."""
    lists = {"clinics": "clinic", "services": "service", "doctors": "doctor", "slots": "slot"}
    known = {name: dice.choice(data[rows])["id"] for rows, name in lists.items() if rows in data}
    known |= {"day": dice.choice((data["first"], data["last"]))} if "first" in data else {}
    return known | ({"look": "doctors"} if "services" in data and dice.random() < 0.3 else {})


def words(texts: Iterable[str]) -> set[str]:
    """All words, in small letters."""
    return {word.lower() for text in texts for word in WORD.findall(text)}


def leftovers(said: str, language: str, data: set[str]) -> set[str]:
    """English words in what is said in another language: those of our English texts that neither ours in that language
    nor the practice's data know."""
    if language in ("", "en"):
        return set()
    return words([NAMELESS.sub(" ", said)]) & (vocabulary("en") - vocabulary(language) - data)


@cache
def vocabulary(language: str) -> frozenset[str]:
    """The words of our texts, and of days and months, in a language."""
    ours = (form for view in texts()[language].values() for form in view.forms)
    plain = re.compile(r"\{\w+\}")
    calendar = [*get_period_names(locale=language).values()]
    for width in ("wide", "abbreviated"):
        calendar += [*get_day_names(width, locale=language).values(), *get_month_names(width, locale=language).values()]
    year = (format_date(date(2027, month, 1), "full", locale=language) for month in range(1, 13))
    near = [format_timedelta(timedelta(days=n), add_direction=True, locale=language) for n in (-1, 1)]
    named = [*(short_day(TODAY + timedelta(days=n), language, TODAY) for n in range(3)), *near]
    return frozenset(words([*(plain.sub(" ", text) for text in ours), *calendar, *year, *named]))


@cache
def phrases(*spoken: str) -> tuple[str, ...]:
    """What is said in these languages: much of it means something."""
    said = {form for language in spoken for view in texts()[language].values() for form in view.forms}
    return tuple(sorted(text for text in said if len(text) < 40 and "{" not in text))
