"""What one message costs by stage, each stage alone, in microseconds of processor time. Prints one JSON line.

The conversation is a whole booking on the tests' desk in memory: what flows cost without any store.
"""

import asyncio
import hashlib
import hmac
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "flows"))

from fake_desk import FakeDesk
from player import Player

from bench import wire
from bot.channels.cloud import wire as to_wire
from bot.payload import parse
from bot.receive import prove
from clinic.views import Sender
from flows.reply import Option, Reply
from flows.session import Session

TIMES, REPEATS = 2000, 5


def cost(what: Callable[[], object]) -> float:
    """The median of a few repeats."""
    took = []
    for _ in range(REPEATS):
        begin = process_time()
        for _ in range(TIMES):
            what()
        took.append((process_time() - begin) / TIMES * 1e6)
    return round(statistics.median(took), 1)


async def conversation(rounds: int) -> float:
    """Microseconds of one turn, the mean of a new patient's ten turns."""
    begin = process_time()
    turns = 0
    for _ in range(rounds):
        player = Player(FakeDesk())
        for words in ("hi", "1", "1", "Asha Rao, 14 March 1985", "1", "1", "1", "tomorrow evening", "1", "1"):
            await player.text(words)
            turns += 1
    return round((process_time() - begin) / turns * 1e6, 1)


def main() -> None:
    """Measure each stage."""
    patient = wire.Patient("1", "919800000001", "IN.919800000001")
    text = wire.message(patient, wire.text("hi"), "wamid.1")
    status = wire.status(patient, "wamid.2", "sent", "o.0.x.y.0")
    signature = b"sha256=" + hmac.digest(wire.SECRET, text, hashlib.sha256).hex().encode()
    now, rows = datetime.now(UTC), tuple(Option(f"3.{n}", f"Choice {n}", "Some words") for n in range(10))
    reply, to = Reply("Which one?", rows, "Choose"), Sender("IN.1", "919800000001")
    session = Session("time", 9, "en", {"clinic": "c" * 24, "service": "s" * 24}, [(row.id, row.title) for row in rows])
    stored = session.to_json()
    asyncio.run(conversation(5))  # the catalogues and formats are loaded once
    stages = {
        "signature": cost(lambda: prove(wire.SECRET, text, signature)),
        "parse a message": cost(lambda: parse(text, now)),
        "parse a status": cost(lambda: parse(status, now)),
        "session from and to JSON": cost(lambda: Session.from_json(stored).to_json()),
        "a turn of the real flows, its desk in memory": asyncio.run(conversation(100)),
        "a list message as JSON": cost(lambda: orjson.dumps(to_wire(reply, to, "o.0.x.y.0"))),
    }
    sys.stdout.write(orjson.dumps(stages).decode() + "\n")


if __name__ == "__main__":
    main()
