"""Plays a conversation written as a text file, and writes it down as it really went."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from fake_desk import CENTRE, QUARTER, SERVICES, ZONE, FakeDesk, returning

from clinic.views import Wish
from flows.conversations import CONVERSATIONS
from flows.inbound import Inbound, Kind, together
from flows.reply import Reply
from flows.session import Session
from flows.table import Flows
from flows.turn import give_up, turn

MONDAY = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)  # 8 in the morning in Bengaluru
ISOLATES = str.maketrans("", "", "\u2066\u2067\u2068\u2069")


@dataclass
class Player:
    """One patient's chat. Between every two turns the session goes through the store's form."""

    desk: FakeDesk = field(default_factory=FakeDesk)
    now: datetime = MONDAY
    session: Session = field(default_factory=Session)
    replies: list[Reply] = field(default_factory=list)
    count: int = 0
    lateness: timedelta = timedelta()
    flows: Flows = field(default_factory=lambda: CONVERSATIONS)
    profile_name: str = ""

    async def send(self, kind: Kind, **fields: object) -> list[Reply]:
        """One message of the patient, and what came back."""
        self.count += 1
        self.desk.log.clear()
        at = self.now - self.lateness
        inbound = Inbound(f"m{self.count}", at, kind, profile_name=self.profile_name, **fields)  # type: ignore[arg-type]
        before = self.session.to_json()
        session, replies = await turn(self.flows, self.session, inbound, self.desk, self.now)
        assert self.session.to_json() == before, "a turn left its mark on the session that it was given"
        self.session = Session.from_json(session.to_json())
        self.replies += replies
        self.now += timedelta(seconds=20)
        self.lateness = timedelta()
        return replies

    async def text(self, text: str) -> Reply:
        """Typed words."""
        [reply] = await self.send(Kind.TEXT, text=text)
        return reply

    async def tap(self, title: str, ago: int = 1) -> Reply:
        """An option of the last bubble, or of one ``ago``, by its title or its id."""
        options = self.replies[-ago].options
        match = [
            option for option in options if title in (option.title.translate(ISOLATES), option.id.partition(":")[2])
        ]
        assert match, f"no option {title!r} among {[option.title for option in options]}"
        [reply] = await self.send(Kind.CHOICE, choice=match[0].id, text=match[0].title)
        return reply

    async def first(self) -> Reply:
        """The first option."""
        return await self.tap(self.replies[-1].options[0].id.partition(":")[2])

    async def until(self, step: str) -> None:
        """Tap the first options, and that it is for oneself, until the step asks."""
        for _ in range(12):
            if self.session.step == step:
                return
            await (self.tap("me") if self.session.step == "who" else self.first())
        raise AssertionError(self.session)


def bubble(reply: Reply) -> list[str]:
    """A reply as the patient sees it, where there are forms."""
    if reply.form:
        first, *rest = reply.form.text.translate(ISOLATES).split("\n")
        return [f"bot: {first}", *(f"   | {line}".rstrip() for line in rest), f"  [form: {reply.form.button}]"]
    first, *rest = reply.text.translate(ISOLATES).split("\n")
    rows = [f"  [{option.title}] {option.description}".rstrip().translate(ISOLATES) for option in reply.options]
    return [f"bot: {first}", *(f"   | {line}".rstrip() for line in rest), *rows]


def moment(text: str) -> datetime:
    """Local to the clinic."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


async def play(script: str) -> str:
    """The transcript of the script: its own lines, and what the bot said."""
    player, lines = Player(), []
    for line in script.splitlines():
        if line.startswith(("bot:", "  ", "desk:")) or (not line and lines and lines[-1] == ""):
            continue
        lines.append(line)
        lines += await _act(player, line)
    return "\n".join(lines).rstrip() + "\n"


async def _act(player: Player, line: str) -> list[str]:
    if not line or line.startswith("#"):
        return []
    who, _, what = line.partition(":")
    what = what.strip()
    if who not in SAYS:
        SCENE[who](player, what)
        return []
    replies = await SAYS[who](player, what)
    return [*(row for reply in replies for row in bubble(reply)), *(f"desk: {entry}" for entry in player.desk.log)]


async def _patient(player: Player, what: str) -> list[Reply]:
    tapped = re.fullmatch(r"\[(.+)\]", what)
    return [await (player.tap(tapped[1]) if tapped else player.text(what))]


async def _in_a_row(player: Player, what: str) -> list[Reply]:
    """Texts, "/" between two, that wait in the inbox together."""
    texts = [Inbound("", player.now, Kind.TEXT, text) for text in what.split(" / ")]
    run = together(texts)
    return await player.send(Kind.TEXT, text=run.text, last=run.last)


async def _old_tap(player: Player, what: str) -> list[Reply]:
    return [await player.tap(what.strip("[]"), ago=2)]


async def _sends(player: Player, what: str) -> list[Reply]:
    """A kind, and the words that come with it: "media my old report"."""
    kind, _, words = what.partition(" ")
    return await player.send(Kind(kind), text=words)


async def _location(player: Player, what: str) -> list[Reply]:
    latitude, longitude = map(float, what.split(","))
    return await player.send(Kind.LOCATION, latitude=latitude, longitude=longitude)


async def _fails(player: Player, what: str) -> list[Reply]:
    player.desk.log.clear()
    inbound = Inbound("failed", player.now, Kind.TEXT, what)
    session, replies = await give_up(player.session, inbound, player.desk, player.now)
    player.session = Session.from_json(session.to_json())
    player.replies += replies
    return replies


async def _button(player: Player, what: str) -> list[Reply]:
    """Of a message that told the first visit at its first start; "of v7": of another one."""
    action, _, visit = what.partition(" of ")
    meant = visit or next(iter(player.desk.visits))
    return await player.send(Kind.CHOICE, choice=f"visit.{action}.{meant}.0", text=action)


async def _patient_unanswered(player: Player, what: str) -> list[Reply]:
    return await player.send(Kind.TEXT, text=what)


def _again(when: str) -> str:
    return moment(when).astimezone(ZONE).isoformat() if when else ""


HOLD = 30 * 60  # seconds for which staff keep a conversation


async def _payload(player: Player, what: str) -> list[Reply]:
    """Of any other message."""
    return await player.send(Kind.CHOICE, choice=what, text=what)


async def _fills_in(player: Player, what: str) -> list[Reply]:
    """Always the first choice; times in the words are taken by others before it is sent."""
    from form_phone import FormPhone

    phone = FormPhone(player)
    await phone.fill_in()
    for snatched in re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d", what):
        player.desk.taken.add(moment(snatched))
    return await phone.send()


SAYS = {
    "patient fills in the form": _fills_in,
    "patient taps the button": _payload,
    "patient taps in the reminder": _button,
    "patient": _patient,
    "patient taps the question before": _old_tap,
    "patient writes in a row": _in_a_row,
    "patient sends": _sends,
    "patient shares contact": lambda player, what: player.send(Kind.CONTACTS, phone=what),
    "patient shares own number": lambda player, what: player.send(Kind.CONTACTS, phone=what, own_phone=True),
    "patient shares location": _location,
    "patient writes, and we fail": _fails,
    "staff takes over": lambda player, who: player.send(Kind.TAKE, by=who, hold=HOLD),
    "staff says": lambda player, what: player.send(Kind.SAY, by="ann", text=what, hold=HOLD),
    "staff hands back": lambda player, who: player.send(Kind.BACK, by=who),
    "staff could not reach the patient": lambda player, again: player.send(Kind.TELL, by="ann", text=_again(again)),
    "staff erases": lambda player, _: player.send(Kind.DECIDED, by="ann"),
    "staff refuses to erase": lambda player, why: player.send(Kind.DECIDED, by="ann", text=why),
    "staff forgot": lambda player, _: player.send(Kind.BACK),
    "patient is not answered": _patient_unanswered,
}


def _given(player: Player, what: str) -> None:
    desk = player.desk
    match what.split(" in ")[0]:
        case "a returning patient":
            returning(desk, what.partition(" in ")[2] or "en")
        case "a returning patient, no last visit":
            desk.known = replace(returning(desk, what.partition(" in ")[2] or "en").known, last_visit=None)
        case "one clinic, one service":
            desk.places, desk.offered = (CENTRE,), (SERVICES[0],)
        case "a clinic that asks for the date of birth":
            desk.places = (replace(CENTRE, asks_birth_date=True),)
        case "a practice that likes forms":
            desk.booking_form = True
        case "a busy clinic":
            desk.step = timedelta(minutes=5)
        case other:
            raise ValueError(f"unknown scene: {other}")


def _later(player: Player, what: str) -> None:
    player.now += _span(what)


def _late(player: Player, what: str) -> None:
    player.now += _span(what)
    player.lateness = _span(what)


def _span(what: str) -> timedelta:
    number, unit = what.split()
    return timedelta(**{unit: int(number)})


def _languages(player: Player, what: str) -> None:
    player.desk.languages = tuple(what.replace(",", " ").split())


def _profile(player: Player, what: str) -> None:
    player.profile_name = what


def _closed(player: Player, what: str) -> None:
    """Until then, local to the clinic."""
    player.desk.opens = moment(what)


def _away(player: Player, what: str) -> None:
    player.desk.away.update(what.replace(",", " ").split())


def _limit(player: Player, what: str) -> None:
    player.desk.most = int(what)


def _gone(player: Player, what: str) -> None:
    desk = player.desk
    desk.places = tuple(place for place in desk.places if place.id != what)
    desk.offered = tuple(service for service in desk.offered if service.id != what)
    desk.left.add(what)


def _day_taken(player: Player, what: str) -> None:
    day = moment(what).astimezone(ZONE).date()
    player.desk.taken.update(s for s in player.desk._starts(player.now) if s.astimezone(ZONE).date() == day)


def _waits(player: Player, what: str) -> None:
    """The patient is on the waitlist."""
    player.desk.waits_for[what] = Wish("centre", what)


def _visit(player: Player, what: str) -> None:
    """ "2026-11-24 10:00 asha nair"."""
    day, hour, patient, doctor = what.split()
    player.desk.hold_visit(patient, doctor, moment(f"{day} {hour}"))


def _staff_move(player: Player, what: str) -> None:
    """The first visit, to another time."""
    visit = next(iter(player.desk.visits.values()))
    fields = {"start": moment(what), "end": moment(what) + QUARTER, "coming_at": None}
    player.desk.staff_changed(visit.id, start_version=visit.start_version + 1, **fields)


def _staff_set(player: Player, what: str) -> None:
    """The first visit's status."""
    player.desk.staff_changed(next(iter(player.desk.visits)), status=what)


def _change_limit(player: Player, what: str) -> None:
    player.desk.limit = _span(what)


def _offer(player: Player, what: str) -> None:
    """A time that was freed is kept for the patient."""
    player.desk.offer("o1", moment(what))


def _stands(player: Player, what: str) -> None:
    """ "v1 waiting 7 3 12 33": status, number, place, least and most minutes to wait."""
    visit, status, *numbers = re.findall(r"[a-z_]+\d*|\d+", what)
    found = [int(number) for number in numbers if number.isdecimal()]
    token, position, least, most = [*found, *[0] * 4][:4]
    player.desk.stands(
        visit, status=status, token=token, position=position, wait=(least, most) if most else None, room="Room 3"
    )


def _runs_late(player: Player, what: str) -> None:
    player.desk.late = int(_span(what).total_seconds() // 60)


def _off_the_map(player: Player, what: str) -> None:
    """The clinics have no coordinates."""
    desk = player.desk
    desk.places = tuple(replace(place, latitude=None, longitude=None) for place in desk.places)
    desk.visits = {name: replace(each, clinic=replace(each.clinic, latitude=None, longitude=None))
                   for name, each in desk.visits.items()}  # fmt: skip


def _kept(player: Player, what: str) -> None:
    """In place of the first visit."""
    visit = next(iter(player.desk.visits))
    if what == "nothing, the doctor is back":
        player.desk.kept.pop(visit, None)
    else:
        player.desk.keep(visit, [moment(each) for each in what.split(", ")] if what != "nothing any more" else [])


def _asks_code(player: Player, what: str) -> None:
    player.desk.asks_code = set(what.replace(",", " ").split())


def _codes(player: Player, what: str) -> None:
    """How it goes with them."""
    desk = player.desk
    match what:
        case "cannot be sent":
            desk.no_way = True
        case "do not arrive":
            desk.lost = True
        case "are used up":
            desk.codes_left = 0
        case other:
            raise ValueError(f"unknown: {other}")


def _numberless(player: Player, what: str) -> None:
    """No number is known; the ones named are other chats'."""
    player.desk.numberless, player.desk.strangers = True, set(what.split())


SCENE = {
    "a code is asked for": _asks_code,
    "codes": _codes,
    "no number is known": _numberless,
    "kept instead": _kept,
    "stands": _stands,
    "the doctor runs late": _runs_late,
    "off the map": _off_the_map,
    "an offer": _offer,
    "waits for": _waits,
    "a visit": _visit,
    "the clinic moves it to": _staff_move,
    "the clinic sets it to": _staff_set,
    "patients may change until": _change_limit,
    "withdrawn": _gone,
    "the whole day is taken": _day_taken,
    "given": _given,
    "languages": _languages,
    "whatsapp name": _profile,
    "later": _later,
    "the message arrives late": _late,
    "taken": lambda player, what: player.desk.taken.add(moment(what)),
    "taken while confirming": lambda player, what: player.desk.snatched.add(moment(what)),
    "held by somebody else": lambda player, what: player.desk.held.add(moment(what)),
    "away": _away,
    "the clinic is closed until": _closed,
    "most bookings": _limit,
}

__all__ = ["MONDAY", "Player", "bubble", "play"]
