"""kill -9 of the workers, the scheduler and Redis, and a Redis that has forgotten everything, while reminders fall due
and freed times are offered to those who wait: was every promise kept once?

``python -m bench.promise_faults``: some patients say yes to what they are offered, some no, some nothing; after each
kill the process is started anew, as the supervisor of ``opdesk up`` does. Prints one JSON line, and ends non-zero where
a reminder was lost or told twice, an offer was told twice, a time was offered to two at once or booked twice, or a time
is still held when all is over.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from bench.house import House, house
from bench.practice import ID, Promised, approved, practice, told
from bench.reminders import left, until_none
from clinic.appointment import Appointment
from clinic.chat import Chat
from clinic.held_slot import holds
from clinic.slot_offer import SlotOffer
from clinic.waitlist import Wait
from clinic.waitlist_answer import leave

EVERY = 7.0  # seconds between two kills: a status that Redis was just told of is in the ledger by then
PARTS = {"worker0": "worker", "worker1": "worker", "scheduler": "scheduler"}
VICTIMS = ("worker0", "redis", "scheduler", "worker1", "loss")
ANSWERS = ("yes", "yes", "yes", "no", "no", "")  # of the patients, in turn; the last says nothing
PATIENCE = 8.0  # seconds until somebody whose tap was not answered taps again
WAITING_DAY = 2


def revive(desk: House) -> None:
    """Start what has died, as a supervisor does: a scheduler ends when Redis is away."""
    for name, part in PARTS.items():
        child = desk.children.get(name)
        if child is None or child.poll() is not None:
            desk.children.pop(name, None)
            desk.start(name, "opdesk", part)


def strike(desk: House, victim: str) -> None:
    """Kill it as the kernel would; or let Redis forget all that it holds."""
    match victim:
        case "redis":
            desk.stores["redis"].process.kill()
            desk.stores["redis"].process.wait()
            desk.stores["redis"] = desk.stores["redis"].again()
        case "loss":
            with Redis.from_url(desk.environment["OPDESK_REDIS_URL"]) as client:
                client.flushall()
        case part:
            desk.stop(part, kill=True)


async def havoc(desk: House, rounds: int) -> None:
    """One blow after the other."""
    for number in range(rounds):
        await asyncio.sleep(EVERY)
        victim = VICTIMS[number % len(VICTIMS)]
        strike(desk, victim)  # from this thread: a child ends with the thread that made it
        print(f"struck {victim}", file=sys.stderr, flush=True)


async def supervise(desk: House) -> None:
    """For as long as it is not cancelled."""
    while True:
        await asyncio.sleep(1.0)
        try:
            revive(desk)
        except RedisError:
            continue


async def phones(here: Promised, chats: list[Chat]) -> None:
    """The patients who wait answer what they are offered, and once more where nothing comes back."""
    tapped: dict[str, float] = {}
    clock = asyncio.get_running_loop().time
    answers = {chat.id: (answer, chat) for answer, chat in zip(ANSWERS * len(chats), chats, strict=False)}
    while True:
        for made in await SlotOffer.of(ID).find({"status": "open"}):
            answer, chat = answers[made.chat_id]
            again = tapped.get(made.id, -PATIENCE) + PATIENCE
            if answer and again <= clock() and await tap(here, chat, f"offer.{answer}.{made.id}"):
                tapped[made.id] = clock()
        await asyncio.sleep(0.5)


async def tap(here: Promised, chat: Chat, button: str) -> bool:
    """Whether the phone shows that button, and so could tap it."""
    answer = await here.graph.post(f"/phone/{chat.wa_id}/tap", json={"id": button})
    return answer.status_code == 200


async def free(here: Promised, visits: Iterable[Appointment], over: float) -> None:
    """Cancel them, one after the other."""
    for visit in (waiting := list(visits)):
        await here.cancel(visit)
        await asyncio.sleep(over / len(waiting))


async def unsettled(ids: list[str]) -> int:
    """What is not sent yet, or still held for somebody."""
    return await left(ids) + len(await holds(ID))


async def crowd(here: Promised, slots: int) -> tuple[list[Appointment], list[Chat]]:
    """Visits to be cancelled, and people who wait for such times."""
    now = datetime.now(UTC)
    booked = [(await here.visit(20_000 + n, here.place(n, WAITING_DAY), now))[0] for n in range(slots)]
    return booked, [(await here.wait(30_000 + n, WAITING_DAY))[1] for n in range(slots * 3 // 2)]


async def play(desk: House, here: Promised, rounds: int, booked: list[Appointment]) -> None:
    """Load and blows side by side."""
    async with asyncio.TaskGroup() as together:
        together.create_task(free(here, booked, EVERY * rounds * 0.8))
        together.create_task(havoc(desk, rounds))


async def run(desk: House, reminders: int, slots: int, rounds: int, within: float) -> dict[str, Any]:
    """All of it, and the count."""
    async with practice(desk) as here:
        visits, (booked, chats) = await here.remind(reminders), await crowd(here, slots)
        revive(desk)
        await approved(here)
        async with asyncio.TaskGroup() as beside:
            busy = [beside.create_task(supervise(desk)), beside.create_task(phones(here, chats))]
            ids = await here.fall_due(visits, within=timedelta(seconds=EVERY * rounds))
            await play(desk, here, rounds, booked)
            await until_none(lambda: unsettled(ids), within)
            for task in busy:
                task.cancel()
        return await counted(here, ids) | {"blows": rounds, "freed": slots, "waited": len(chats)}


async def counted(here: Promised, ids: list[str]) -> dict[str, Any]:
    """What was promised and what was told: by the ledger, the offers, the diary and the phones."""
    for wait in await Wait.of(ID).find({"status": "waiting"}):
        await leave(wait, datetime.now(UTC))
    shown = told(await here.shown(await Chat.of(ID).find()))
    letters = {each.id for each in await here.ledger("offer")}
    offers, visits = await SlotOffer.of(ID).find(), await Appointment.of(ID).find()
    seats = Counter((each.doctor_id, cell) for each in visits for cell in each.cells or ())
    accepted = [each for each in offers if each.status == "accepted"]
    theirs = {each.id for each in visits if each.status == "booked" and each.wait_id}
    return {
        "reminders": len(ids), "reminders_lost": sum(not shown[each] for each in ids),
        "reminders_doubled": sum(shown[each] > 1 for each in ids),
        "offers": len(offers), "offers_told": sum(bool(shown[each]) for each in letters),
        "offers_doubled": sum(shown[each] > 1 for each in letters), "offered_to_two": clashes(offers),
        "accepted": len(accepted), "accepted_not_booked": len({each.hold_id for each in accepted} ^ theirs),
        "booked_twice": sum(count > 1 for count in seats.values()), "still_held": len(await holds(ID)),
        "refused": await here.refusals(),
    }  # fmt: skip


def clashes(offers: Iterable[SlotOffer]) -> int:
    """How often a time was offered to one before it was taken from the one before them."""
    by_slot: dict[str, list[SlotOffer]] = defaultdict(list)
    for each in sorted(offers, key=lambda each: each.offered_at):
        by_slot[each.slot].append(each)
    pairs = [pair for chain in by_slot.values() for pair in pairwise(chain)]
    return sum(first.ended_at is None or first.ended_at > then.offered_at for first, then in pairs)


BROKEN = (
    "reminders_lost", "reminders_doubled", "offers_doubled", "offered_to_two", "accepted_not_booked", "booked_twice",
    "still_held",
)  # fmt: skip


def report(reminders: int = 400, slots: int = 12, rounds: int = 10, within: float = 300) -> dict[str, Any]:
    """On a desk of its own, thrown away afterwards."""
    with house(tenants=0) as desk:
        return asyncio.run(run(desk, reminders, slots, rounds, within))


def main() -> None:
    """Run, and end non-zero where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reminders", type=int, default=400)
    parser.add_argument("--slots", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--within", type=float, default=300, help="seconds of peace until it is given up")
    options = parser.parse_args()
    said = report(options.reminders, options.slots, options.rounds, options.within)
    print(json.dumps(said))
    sys.exit(1 if any(said[name] for name in BROKEN) else 0)


if __name__ == "__main__":
    main()
