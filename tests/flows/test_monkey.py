"""Thousands of turns at random, with faults: never a dead end, an error, a reply too long, or English in another
language's chat."""

import copy
import random
from datetime import timedelta

import pytest
from fake_desk import CENTRE, DOCTORS, GARDEN, SERVICES, FakeDesk, returning
from monkey import Monkey, Shaky, leftovers, vocabulary, words
from player import Player
from test_any_conversation import achieved, staff_changes

from flows.conversations import CONVERSATIONS
from flows.language import own_name
from flows.texts import languages

TURNS = 800  # of each language
LOOK_FOR_A_WAY_OUT = 25  # turns
PRACTICE = words(
    [
        *(f"{place.name} {place.address} {place.map_url}" for place in (CENTRE, GARDEN)),
        *(service.name for service in SERVICES),
        *(f"{doctor.name} {doctor.specialty}" for doctor in DOCTORS),
        *map(own_name, languages()),
        "Asha Verma, Ravi Verma, Asha Clinics https://desk.example/c/A4C-001.ics",
    ]
)


def opened(language: str, seed: int) -> Monkey:
    """A monkey whose chat is in that language, at a desk with switches for what goes wrong."""
    desk = FakeDesk(step=timedelta(minutes=seed % 2 * 25 + 5), booking_form=bool(seed % 2))
    desk.most = 6
    dice = random.Random(f"{language} {seed}")
    player = Player(Shaky(returning(desk, language), dice))  # type: ignore[arg-type]
    return Monkey(player, dice, set(PRACTICE))


def mischief(monkey: Monkey) -> None:
    """What goes on at the desk meanwhile."""
    desk, dice, now = monkey.player.desk.desk, monkey.dice, monkey.player.now  # type: ignore[attr-defined]
    match dice.randrange(12):
        case 0:
            desk.snatched.update(dice.sample(desk._starts(now), 3))
        case 1:
            desk.held.update(dice.sample(desk._starts(now), 3))
        case 2:
            desk.away = {dice.choice(DOCTORS).id}
        case 3:
            desk.away = {doctor.id for doctor in DOCTORS}
        case 4:
            staff_changes(monkey.player, dice.choice(("cancelled", "noshow", "arrived", "moved")))
        case 5:
            desk.limit = timedelta(hours=dice.choice((0, 24)))
        case 6:
            desk.offer(f"o{monkey.turns}", desk._starts(now)[0])
        case _:
            desk.away = set()


async def way_out(monkey: Monkey) -> None:
    """From a copy of where the monkey is, a patient who taps the first option that they have not tried there comes to a
    booking, to another time, or to a person who calls."""
    desk = copy.deepcopy(monkey.player.desk.desk)  # type: ignore[attr-defined]
    desk.away, desk.snatched, desk.held, desk.most, desk.limit = set(), set(), set(), 10_000, timedelta()
    player = Player(desk, now=monkey.player.now, session=monkey.player.session.copy(), count=10**6)
    player.replies = list(monkey.player.replies)
    before, tried = done(desk), set[tuple[str, str, str]]()
    await player.text("🙂")
    for _ in range(25):
        if done(desk) > before:
            return
        here = (player.session.flow, player.session.step)
        names = [option.id.partition(":")[2] for option in player.replies[-1].options]
        name = next((each for each in names if (*here, each) not in tried), names[0] if names else "")
        tried.add((*here, name))
        await (player.tap(name) if name else player.text("Asha Verma"))
    raise AssertionError(f"no way out of {player.session}")


def done(desk: FakeDesk) -> int:
    """What a patient came for: times booked or changed, and calls promised."""
    return achieved(desk) + len(desk.calls)


@pytest.mark.parametrize("language", languages())
async def test_a_monkey_never_meets_a_dead_end_or_another_language(language: str) -> None:
    monkey = opened(language, seed=1)
    while monkey.turns < TURNS:
        await monkey.act()
        if monkey.turns % 5 == 0:
            mischief(monkey)
        if monkey.turns % LOOK_FOR_A_WAY_OUT == 0:
            await way_out(monkey)
    shaky = monkey.player.desk
    assert shaky.faults > TURNS / 20, "the desk's faults were not felt"  # type: ignore[attr-defined]
    assert language in monkey.spoken
    assert len(monkey.seen) > 12, monkey.seen
    assert monkey.forms


async def test_together_the_monkeys_see_nearly_every_question() -> None:
    asked = {step.name for flow in CONVERSATIONS.values() for step in flow.steps.values()}
    seen: set[str] = set()
    for seed in range(2, 6):
        monkey = opened("en", seed)
        while monkey.turns < TURNS:
            await monkey.act()
            mischief(monkey)
        seen |= monkey.seen
    assert len(seen) > len(asked) / 3, sorted(asked - seen)


def test_what_is_left_in_english_is_found() -> None:
    assert leftovers("Welche Klinik? Please choose your language.", "es", set()) >= {"please", "choose", "your"}
    assert leftovers("¿Qué clínica? Dr Priya Nair, Consultation", "es", PRACTICE) == set()
    assert leftovers("नमस्ते, book another visit", "hi", set()) >= {"another", "visit"}
    assert {"tomorrow", "monday", "january", "visit"} <= vocabulary("en")
