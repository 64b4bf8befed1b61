"""Patients who book by chat, as fast as asked: webhooks in, replies out, every one of them counted.

Half of the patients are new, half come back for another visit; each runs a whole conversation of eight to ten messages,
with some words and questions among the taps and thanks at its end, and sends its next message only when the answer to
the last is there, as people do. Replies arrive at a Graph server in this process. ``--rate`` paces the messages of all
patients together; without it ``--patients`` talk without a pause.

Prints one JSON line: counts, bookings, latencies in milliseconds, to taps and to typed words, after which the
bot waits for more of them.
"""

import argparse
import asyncio
import contextlib
import random
import statistics
import sys
from collections import Counter, deque
from dataclasses import dataclass
from time import perf_counter

import orjson
import uvloop

from bench import twilio_wire, wire
from bench.link import Pool, Server

SIDES = {"cloud": wire, "twilio": twilio_wire}

STATUSES = ("sent", "delivered", "read")
NEW_ASIDES = ["help"]  # eight messages lead a new patient to a visit, four one who comes back
RETURNING_ASIDES = ["tomorrow evening", "help", "menu", "monday 5 pm"]
FAREWELL = ["my appointments", "thanks"]  # what some say once the visit is booked
SLOW = 1.0  # seconds: such a reply is remembered by itself
PATIENCE = 40  # messages after which somebody gives up
GIVEN = """
Asha Ravi Meera Arjun Kavita Sunil Priya Vikram Anita Rahul Deepa Sanjay Nisha Amit Lata Farhan Zoya Imran Maria John
Lucia Pedro Fatima Omar Leila Chen Mei Hiro Anna Paulo Grace Samuel Ruth Tomas Elena Ivan Olga Yusuf"""
FAMILY = """
Rao Sharma Iyer Khan Patel Nair Gupta Das Mehta Singh Joshi Menon Kulkarni Bose Verma Shah Pillai Chopra Silva Santos
Garcia Lopez Haddad Nasser Aziz Wong Tanaka Kim Novak Dubois Moreau Costa Lima Okafor Mensah Cohen Berg Lund"""
NAMES = [f"{given} {family}" for given in GIVEN.split() for family in FAMILY.split()]


@dataclass(slots=True)
class Talk:
    """One patient's conversation: what was said last, and when."""

    patient: wire.Patient
    asides: list[str]  # what will be typed between the taps
    returning: bool = False
    sent_at: float = 0.0
    messages: int = 0
    said: str = ""  # the words of the last message, empty for a tap
    farewell: list[str] | None = None  # what is still to be said since the visit is booked


class Crowd:
    """All patients, their pace and the account of what was promised and what was kept."""

    def __init__(
        self, pool: Pool, numbers: list[str], host: str, seed: int, statuses: bool, provider: str = "cloud"
    ) -> None:
        self.side = SIDES[provider]
        self.pool, self.numbers, self.host, self.statuses = pool, numbers, host, statuses
        self.random = random.Random(seed)
        self.talks: dict[str, Talk] = {}
        self.people: dict[str, wire.Patient] = {}
        self.ready: deque[tuple[Talk, dict[str, object]]] = deque()
        self.known: deque[wire.Patient] = deque()
        self.count: Counter[str] = Counter()
        self.outbox: Counter[str] = Counter()
        self.webhook: list[float] = []
        self.reply: dict[str, list[float]] = {"reply": [], "typed": []}
        self.slow: list[tuple[float, float]] = []  # when it was asked for, and the seconds that it took
        self.serial = 0
        self.copies = 1
        self.endless = True  # when one has booked, another one arrives
        self.pump: asyncio.Event = asyncio.Event()
        self.tag = f"{random.SystemRandom().randrange(10**6):06d}"

    def arrive(self) -> None:
        """A patient says hello: a new one, or one who comes back."""
        if self.known and self.random.random() < 0.5:
            talk = Talk(self.known.popleft(), list(RETURNING_ASIDES), returning=True)
        else:
            self.serial += 1
            wa_id = f"91{self.tag}{self.serial:06d}"
            number = self.numbers[self.serial % len(self.numbers)]
            patient = wire.Patient(number, wa_id, f"IN.{wa_id}", self.random.choice(NAMES))
            talk = Talk(patient, list(NEW_ASIDES))
        self.talks[talk.patient.wa_id] = talk
        self.people[talk.patient.wa_id] = talk.patient
        self.ready.append((talk, wire.text("I want to book another appointment" if talk.returning else "hi")))

    def speak(self) -> None:
        """The next patient in line sends its message."""
        if not self.ready:
            self.arrive()
        talk, content = self.ready.popleft()
        wamid = wire.message_id()
        talk.sent_at = perf_counter()
        talk.said = wire.words(content)
        talk.messages += 1
        self.count["messages"] += 1
        body = self.side.message(talk.patient, content, wamid)
        for _ in range(self.copies - 1):  # the provider delivers some messages more than once, whenever it likes
            asyncio.get_running_loop().call_later(self.random.random() / 5, self._post, body, "message")
        self._post(body, "message")

    def _post(self, body: bytes, what: str) -> None:
        request = self.side.request(body, self.host)

        def done(code: int, seconds: float) -> None:
            self.count[f"{what} {code}"] += 1
            self.webhook.append(seconds)
            if code != 200:  # Meta repeats what was not accepted
                asyncio.get_running_loop().call_later(0.2, self.pool.post, request, done)

        self.pool.post(request, done)

    def graph(self, path: str, body: bytes) -> bytes:
        """The provider's answer to a message of ours, and what follows from it."""
        said, wamid = self.side.read(path, body), wire.message_id()
        answer = self.side.answer(path, body, said, wamid)
        if "type" not in said:
            self.count["marks"] += 1
            return answer
        wa_id = said.get("to", "").lstrip("+")
        if patient := self.people.get(wa_id):
            asyncio.get_running_loop().call_soon(self._heard, patient, said, wamid)
        else:
            self.count["strangers"] += 1
        return answer

    def _heard(self, patient: wire.Patient, said: dict, wamid: str) -> None:  # type: ignore[type-arg]
        mark = said.get("biz_opaque_callback_data", wamid)
        if self.statuses:
            for name in STATUSES:
                self.count["statuses"] += 1
                self._post(self.side.status(patient, wamid, name, mark), "status")
        if said["type"] == "template":
            self.count["confirmations"] += 1
            return
        self.outbox[mark] += 1
        if self.outbox[mark] > 1:
            self.count["doubled"] += 1
            return
        self.count["replies"] += 1
        talk = self.talks[patient.wa_id]
        took = perf_counter() - talk.sent_at
        self.reply["typed" if talk.said else "reply"].append(took)
        if took > SLOW:
            self.slow.append((talk.sent_at, took))
        content = self._next(talk, said, wamid)
        if content is None or talk.messages >= PATIENCE:
            self._leave(talk, gave_up=content is not None)
        else:
            self.ready.append((talk, content))
        self.pump.set()

    def _leave(self, talk: Talk, gave_up: bool) -> None:
        """Somebody has nothing more to say; another one arrives."""
        self.count["gave_up"] += gave_up
        del self.talks[talk.patient.wa_id]
        if not talk.returning:  # more, and WhatsApp's limit for one patient would hold the replies back
            self.known.append(talk.patient)
        if self.endless:
            self.arrive()

    def _next(self, talk: Talk, said: dict, wamid: str) -> dict[str, object] | None:  # type: ignore[type-arg]
        """What a patient does with this bubble; None: the visit is booked, and all is said."""
        kind, options = options_of(said)
        if talk.farewell is None and ".ics" in str(said):
            self.count["booked"] += 1
            talk.farewell = self.random.choice(([], FAREWELL[1:], FAREWELL[1:], FAREWELL))[:]
        if talk.farewell is not None:
            return wire.text(talk.farewell.pop(0)) if talk.farewell else None
        if talk.asides and options and talk.messages >= 2 and self.random.random() < 0.5:
            return wire.text(talk.asides.pop())
        if not options:
            return wire.text(talk.patient.name)
        option, title = options[0] if talk.said == "menu" else self._choose(options)
        return wire.tap(kind, option, title, wamid)

    def _choose(self, options: list[tuple[str, str]]) -> tuple[str, str]:
        """The first option leads on; in a longer list any of the first ones does, so that patients spread."""
        return self.random.choice(options[:8]) if len(options) > 5 else options[0]

    async def heard(self) -> None:
        """Wait a moment for a reply."""
        self.pump.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.pump.wait(), 0.05)

    def report(self, seconds: float) -> dict[str, object]:
        """The account of the run."""
        return {
            "seconds": round(seconds, 2),
            **dict(self.count),
            "per_second": round(self.count["replies"] / seconds, 1),
            "webhook_ms": quantiles(self.webhook),
            **{f"{name}_ms": quantiles(seconds) for name, seconds in self.reply.items()},
        }


def options_of(said: dict) -> tuple[str, list[tuple[str, str]]]:  # type: ignore[type-arg]
    """The options of a message of ours, as a phone shows them."""
    action = said.get("interactive", {}).get("action", {})
    if "buttons" in action:
        return "button_reply", [(b["reply"]["id"], b["reply"]["title"]) for b in action["buttons"]]
    rows = [(row["id"], row["title"]) for section in action.get("sections", []) for row in section["rows"]]
    return "list_reply", rows


def quantiles(seconds: list[float]) -> dict[str, float]:
    """p50, p99 and the slowest, in milliseconds."""
    if len(seconds) < 2:
        return {}
    cuts = statistics.quantiles(seconds, n=100)
    return {
        name: round(value * 1000, 1) for name, value in (("p50", cuts[49]), ("p99", cuts[98]), ("max", max(seconds)))
    }


async def pace(crowd: Crowd, rate: float, seconds: float) -> None:
    """``rate`` messages a second, evenly: what falls due while the loop was busy is sent late, not left out."""
    start, sent = perf_counter(), 0
    while (elapsed := perf_counter() - start) < seconds:
        while sent < elapsed * rate:
            crowd.speak()
            sent += 1
        await asyncio.sleep(0.001)


async def rush(crowd: Crowd, patients: int, seconds: float) -> None:
    """``patients`` talk at once and without a pause."""
    end = perf_counter() + seconds
    for _ in range(patients - len(crowd.talks)):
        crowd.arrive()
    while perf_counter() < end:
        while crowd.ready:
            crowd.speak()
        await crowd.heard()


async def talking(crowd: Crowd, rate: float, patients: int, seconds: float) -> None:
    """At that rate, or without a pause."""
    await (pace(crowd, rate, seconds) if rate else rush(crowd, patients, seconds))


async def settle(crowd: Crowd, seconds: float) -> float:
    """Wait until every message has its reply; the seconds that it took."""
    start = perf_counter()
    while crowd.count["replies"] < crowd.count["messages"] and perf_counter() - start < seconds:
        await crowd.heard()
    return perf_counter() - start


async def run(options: argparse.Namespace) -> dict[str, object]:
    """One measured run after a short warm-up."""
    pool = Pool("127.0.0.1", options.bot_port, options.connections)
    numbers = options.numbers.split(",")
    crowd = Crowd(pool, numbers, f"127.0.0.1:{options.bot_port}", options.seed, options.statuses, options.provider)
    crowd.copies = options.copies
    server = await asyncio.get_running_loop().create_server(
        lambda: Server(crowd.graph), "127.0.0.1", options.graph_port, backlog=512
    )
    await pool.open()
    print("warm", flush=True)
    await talking(crowd, min(options.rate, 200), options.patients, options.warm)
    await settle(crowd, 20)
    crowd.webhook.clear()
    for seconds in crowd.reply.values():
        seconds.clear()
    crowd.count.clear()
    print("go", flush=True)
    start = perf_counter()
    await talking(crowd, options.rate, options.patients, options.seconds)
    spoken = perf_counter() - start
    drain = await settle(crowd, options.drain)
    report = crowd.report(spoken + drain)
    print("done", flush=True)
    if options.slow:
        report["slow"] = crowd.slow
    report["drain_seconds"] = round(drain, 2)
    if options.linger:  # confirmations come after the replies
        await asyncio.sleep(options.linger)
        report["confirmations"] = crowd.count["confirmations"]
    pool.close()
    server.close()
    return report


def main() -> None:
    """The command line of the load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bot-port", type=int, required=True)
    parser.add_argument("--graph-port", type=int, required=True)
    parser.add_argument("--numbers", required=True, help="phone number ids, comma separated")
    parser.add_argument("--provider", choices=SIDES, default="cloud")
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--patients", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--warm", type=float, default=2.0)
    parser.add_argument("--drain", type=float, default=30.0)
    parser.add_argument("--linger", type=float, default=0.0)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--copies", type=int, default=1, help="deliveries of each message")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slow", action="store_true", help=f"tell each reply that took more than {SLOW:g} s")
    parser.add_argument("--statuses", action=argparse.BooleanOptionalAction, default=True)
    report = uvloop.run(run(parser.parse_args()))
    sys.stdout.write(orjson.dumps(report).decode() + "\n")


if __name__ == "__main__":
    main()
