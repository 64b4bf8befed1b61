"""Whatever a patient writes, taps or sends: a valid session, exactly one bubble, within WhatsApp's limits."""

import asyncio
from datetime import timedelta

from fake_desk import FakeDesk, returning
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from player import Player

from flows.conversations import CONVERSATIONS
from flows.files import RUN
from flows.inbound import STAFF, Kind
from flows.reply import BODY, BUTTON, DESCRIPTION, MAX_OPTIONS, TEXT, TITLE, Reply
from flows.tap import VISIT
from flows.turn import SILENT

WORDS = (
    "hi", "hello", "back", "menu", "help", "start over", "human", "language", "thanks", "yes", "no", "more", "hindi",
    "español", "someone else", "for me", "Asha Verma", "Asha Verma, 14 May 1990", "14 May 1990", "tomorrow",
    "monday 5 pm", "next week", "evening", "after 5", "25 december", "10:15", "1", "2", "10", "99", "२", "٣",
    "where am i", "i am here", "i am here K7P4QX", "मैं आ गई a4c9my", "book #D7K3QX", "नमस्ते n4yrdc",
    "#G4RDEN #HE4CTH", "#D7K3Q9", "أنا هنا",
    "my appointments", "cancel", "reschedule", "i will come", "keep my visit", "another clinic", "मेरी अपॉइंटमेंट",
    "dr nair tomorrow after 5 for my son", "cancel my appointment on monday", "can I move it to friday at 7",
    "how much is it?", "where are you?", "dr sharma at Whitefield Clinic for me", "not monday", "I have chest pain",
    "what is the capital of france", "monday 24 november", "which tablets are good for a headache",
    "para mi hijo mañana",
    "stop", "what do you know about me", "hello\nare you there\n2", "Mercy Stop", "kya aap khule hain", "बेटे के लिए कल",
    "dr sharma", "any doctor", "kal shaam 5 baje", "الخميس", "another day", "same", "🙂", "", "x" * 5000,
)  # fmt: skip
ACTS = st.one_of(
    st.tuples(st.just("text"), st.sampled_from(WORDS)),
    st.tuples(st.just("text"), st.text(max_size=40)),
    st.tuples(st.just("tap"), st.integers(0, 9)),
    st.tuples(st.just("tap"), st.integers(0, 9)),
    st.tuples(st.just("choice"), st.sampled_from(("", "yes", "1:yes", "999:yes", "x:y:z", "2:no"))),
    st.tuples(st.just("kind"), st.sampled_from([*(set(Kind) - STAFF)])),
    st.tuples(st.just("wait"), st.sampled_from((1, 40, 2000, 60 * 24 * 15))),
    st.tuples(st.just("late"), st.just(0)),
    st.tuples(st.just("busy"), st.integers(0, 5)),
    st.tuples(st.just("button"), st.tuples(st.sampled_from(sorted(VISIT)), st.integers(0, 4), st.integers(0, 2))),
    st.tuples(st.just("staff"), st.sampled_from(("cancelled", "noshow", "arrived", "moved"))),
)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check(reply: Reply) -> None:
    ids = [option.id for option in reply.options]
    assert reply.text
    assert units(reply.text) <= (BODY if ids else TEXT)
    assert len(ids) <= MAX_OPTIONS
    assert len(set(ids)) == len(ids)
    for option in reply.options:
        assert 0 < units(option.title) <= TITLE
        assert units(option.description) <= DESCRIPTION
        assert 0 < units(option.id) <= 200
    if ids:
        assert 0 < units(reply.menu) <= BUTTON


async def act(player: Player, what: str, value: object) -> None:
    before = len(player.replies)
    match what, value:
        case "text", str(text):
            await player.send(Kind.TEXT, text=text)
        case "tap", int(place):
            options = player.replies[-1].options if player.replies else ()
            await player.send(Kind.CHOICE, choice=options[place % len(options)].id if options else "")
        case "choice", str(choice):
            await player.send(Kind.CHOICE, choice=choice)
        case "kind", Kind() as kind:
            told = player.session.kept_at  # of files in a row the first is answered
            await player.send(kind, latitude=12.9, longitude=77.6)
            silent = kind in SILENT or (kind is Kind.MEDIA and told and player.session.kept_at - told <= RUN)
            assert len(player.replies) - before == (not silent)
            return
        case "button", (str(action), int(number), int(version)):
            await press(player, action, number, version)
        case "staff", str(status):
            staff_changes(player, status)
            return
        case "wait", int(minutes):
            player.now += timedelta(minutes=minutes)
            return
        case "late", _:
            player.lateness = timedelta(hours=5)
            return
        case "busy", int(n):
            free = player.desk._starts(player.now)[n : n + 1]
            player.desk.snatched.update(free)
            player.desk.held.update(player.desk._starts(player.now)[n + 1 : n + 2])
            return
    assert len(player.replies) - before == 1, (what, value)


async def press(player: Player, action: str, number: int, version: int) -> None:
    """A button of some message about one visit, or about several."""
    ids = [*player.desk.visits, "strangers"]
    meant, untouched = ids[number % len(ids)], dict(player.desk.visits)
    untouched.pop(meant, None)
    match number:
        case 3:
            payload = f"mark.{version + 1}.{meant}"
        case 4:
            payload, untouched = f"household.{'come' if version else 'move'}.{'ours' if version < 2 else 'x'}", {}
        case _:
            payload = f"visit.{action}.{meant}.{version}"
    await player.send(Kind.CHOICE, choice=payload)
    assert untouched.items() <= player.desk.visits.items(), "a button touched another visit"


def staff_changes(player: Player, status: str) -> None:
    """To the first visit that is still booked."""
    visit = next((each for each in player.desk.visits.values() if each.status == "booked"), None)
    if visit and status == "moved":
        later = {"start": visit.start + timedelta(days=1), "end": visit.end + timedelta(days=1)}
        player.desk.staff_changed(visit.id, start_version=visit.start_version + 1, coming_at=None, **later)
    elif visit:
        player.desk.staff_changed(visit.id, status=status)


async def converse(acts: list[tuple[str, object]], known: bool, step: int) -> None:
    desk = FakeDesk(step=timedelta(minutes=step))
    desk.most = 1000
    player = Player(returning(desk) if known else desk, profile_name="Asha Verma")
    for days in (1, 2) if known else ():
        desk.hold_visit("asha", "nair", player.now + timedelta(days=days))
    if known:
        desk.hold_visit("ravi", "rao", player.now + timedelta(hours=1))
    for what, value in acts:
        await act(player, what, value)
        session = player.session
        steps = CONVERSATIONS[session.flow].steps
        assert session.step in steps
        assert set(session.trail) <= set(steps)
        assert set(session.aside_trail) <= set(CONVERSATIONS["booking"].steps)
        assert len(session.trail) == len(set(session.trail))
        if player.replies:
            check(player.replies[-1])
            stamps = [option.id for option in player.replies[-1].options]
            assert stamps == [f"{session.asked}:{option}" for option, _ in session.options]
    await book(player)


def achieved(desk: FakeDesk) -> int:
    """Bookings, and visits moved."""
    return len(desk.booked) + sum(visit.start_version for visit in desk.visits.values())


async def book(player: Player) -> None:
    """Wherever a patient strayed to, the first option leads to a booking from there, or to another time for a visit."""
    desk, before = player.desk, achieved(player.desk)
    await player.text("🙂")
    for _ in range(25):
        if achieved(desk) > before:
            return
        if player.session.step in ("place", "arriving"):  # where a visit of today comes first
            await player.text("menu")
        await (player.first() if player.replies[-1].options else player.text("Asha Verma"))
    raise AssertionError(f"no way to a booking from {player.session}")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTS, max_size=25), st.booleans(), st.sampled_from((5, 30)))
def test_any_conversation(acts: list[tuple[str, object]], known: bool, step: int) -> None:
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(converse(acts, known, step))
    finally:
        loop.close()
