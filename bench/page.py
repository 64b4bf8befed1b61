"""The page that a bench run writes."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Run = dict[str, Any]


def middle(runs: Sequence[Run], read: Callable[[Run], float]) -> float:
    """The median over the passes."""
    return statistics.median([read(run) for run in runs])


def span(runs: Sequence[Run], read: Callable[[Run], float]) -> str:
    """Median, and from where to where."""
    values = sorted(read(run) for run in runs)
    return f"**{middle(runs, read):,.0f}** ({values[0]:,.0f} to {values[-1]:,.0f})"


def cpu(runs: Sequence[Run]) -> str:
    """Processor time of each process per message or webhook."""
    names = sorted({name for run in runs for name in run["cpu"]}, key=lambda name: -runs[0]["cpu"].get(name, 0))
    return ", ".join(f"{name} {middle(runs, lambda run, n=name: run['cpu'].get(n, 0)):,.0f}" for name in names)


def ends(quantiles: Run) -> str:
    """Half of them, and all but one in a hundred, in ms."""
    return f"{quantiles['p50']} / {quantiles['p99']}" if quantiles else "-"


def whole(what: str, run: Run) -> str:
    """One row of a paced run."""
    lost = run["messages"] - run["replies"]
    return (
        f"| {what} | {run['messages']:,} | {run['replies']:,} | {lost} | {run.get('doubled', 0)} | {run.get('booked', 0):,} | "
        f"{ends(run['webhook_ms'])} | {ends(run['reply_ms'])} | {ends(run.get('typed_ms', {}))} | {run['drain_seconds']} |"
    )


def rows(conditions: Run, figures: dict[str, list[Run]], once: Run) -> str:
    """The runs of the whole way."""
    rate = conditions["rate"]
    runs = {
        f"{rate}/s for {conditions['minute']} s": once["minute"],
        f"{rate}/s for {conditions['seconds']} s, one of the passes": figures["paced"][0],
        "1,000/s asked for, 15 s": once["goal"],
        "every message three times, shuffled": once["storm"],
    }
    return "\n".join(whole(what, run) for what, run in runs.items())


def goals(once: Run, knee: Sequence[Run]) -> str:
    """Which of the aims were reached."""
    run, most = once["goal"], middle(knee, lambda run: run["per_second"])
    told = {
        "webhooks p99 under 50 ms at 1,000/s": (run["webhook_ms"], 50),
        "replies to taps p99 under 250 ms at 1,000/s": (run["reply_ms"], 250),
    }
    missed = [what for what, (quantiles, limit) in told.items() if quantiles["p99"] >= limit]
    missed += ["unpaced 3,000/s"] if most < 3000 else []
    if not missed:
        return "All aims are reached: 1,000 messages/s paced, and 3,000/s unpaced."
    return f"""**Not reached with the embedded store on the same cores:** {"; ".join(missed)}. The row of 1,000/s shows what
happens: nothing is lost or doubled, replies come late."""


WEBHOOKS = 4  # of a message: itself, and the statuses sent, delivered and read of its reply
AIMS = {1000: "1,000/s paced", 3000: "3,000/s unpaced"}


@dataclass(frozen=True)
class Budget:
    """What a message costs in microseconds of processor time, whoever pays it."""

    parts: dict[str, float]
    receiving: float  # its four webhooks taken in and stored, and nothing done about them
    cores: int

    @property
    def whole(self) -> float:
        """With everything, the load too: it runs on the same cores."""
        return sum(self.parts.values())

    def most(self, cost: float) -> float:
        """How many a second these cores can do at ``cost`` each, with nothing lost to waiting."""
        return self.cores * 1e6 / cost

    def missed(self, rate: int) -> str:
        """Why ``rate`` a second is not in reach; empty if it is."""
        if self.most(self.receiving) < rate:
            return f"receiving alone takes {busy(self.receiving, rate)} of {self.cores} cores"
        if self.most(self.whole) < rate:
            left = self.cores * 1e6 / rate
            return (
                f"it takes {busy(self.whole, rate)} of {self.cores} cores; a message may cost {left:,.0f} us, "
                f"of which receiving takes {self.receiving:,.0f}"
            )
        return ""


def busy(cost: float, rate: int) -> str:
    """Cores that ``rate`` a second keep busy at ``cost`` us each."""
    return f"{cost * rate / 1e6:.1f}"


def budget(knee: Sequence[Run], flood: Sequence[Run], cores: int) -> Budget:
    """By the medians of the unpaced run and of receiving alone."""
    names = {name for run in knee for name in run["cpu"]}
    parts = {name: middle(knee, lambda run, n=name: run["cpu"].get(n, 0)) for name in names}
    return Budget(parts, WEBHOOKS * middle(flood, lambda run: sum(run["cpu"].values())), cores)


def reach(cost: Budget) -> str:
    """The section that reckons whether the aims are in reach on these cores."""
    parts = sorted(cost.parts.items(), key=lambda part: -part[1])
    listed = [*parts, ("**all**", cost.whole), (f"of it: to receive {WEBHOOKS} webhooks", cost.receiving)]
    rows = "\n".join(
        f"| {name} | {us:,.0f} | " + " | ".join(busy(us, rate) for rate in AIMS) + " |" for name, us in listed
    )
    verdicts = "\n".join(
        f"- {aim}: " + (f"not in reach here: {why}." if (why := cost.missed(rate)) else "in reach.")
        for rate, aim in AIMS.items()
    )
    return f"""### Are the aims in reach on {cost.cores} cores?

Reckoned from the processor times measured above, unpaced: {cost.cores} cores have {cost.cores * 1_000_000:,} us a second for everything. That is {cost.most(cost.whole):,.0f}
messages a second at most, and {cost.most(cost.receiving):,.0f} if nothing were done but receive them (signature, parse, dedupe, stored, 200).

| part | us per message | cores at {" | cores at ".join(f"{rate:,}/s" for rate in AIMS)} |
|---|---|{"---|" * len(AIMS)}
{rows}

{verdicts}"""


def by_store(stores: dict[str, dict[str, list[Run]]], flood: Sequence[Run], cores: int) -> str:
    """The section of the same run on each store that this machine has."""
    costs = {name: budget(runs["knee"], flood, cores) for name, runs in stores.items()}
    rows = "\n".join(store_row(name, stores[name], costs[name]) for name in stores)
    note = RUST_NOTE if any(name.startswith("secantusd-rs") for name in stores) else ""
    return f"""## By store

The same two runs, unpaced and paced, interleaved, on each server of MongoDB's protocol that was found on the machine.{note}

| store | unpaced messages/s | us of it per message | us of all per message | most that {cores} cores could do | paced, lost | doubled | webhook p50 / p99 ms | reply to a tap p50 / p99 ms |
|---|---|---|---|---|---|---|---|---|
{rows}"""


def store_row(name: str, runs: dict[str, list[Run]], cost: Budget) -> str:
    """One store's figures: medians, and of the paced run its first pass."""
    paced, lost = runs["paced"][0], sum(run["messages"] - run["replies"] for run in runs["paced"])
    doubled = sum(run.get("doubled", 0) for run in runs["paced"])
    return (
        f"| {name} | {span(runs['knee'], lambda run: run['per_second'])} | {cost.parts.get('mongo', 0):,.0f} | {cost.whole:,.0f} | "
        f"{cost.most(cost.whole):,.0f} | {lost} | {doubled} | {ends(paced['webhook_ms'])} | {ends(paced['reply_ms'])} |"
    )


RUST_NOTE = """
secantusd-rs is SecantusDB's server in Rust. It is not fit to keep appointments ([operating.md](operating.md)) and stands
here only to show how much of the cost is the store's."""


def staff(run: Run) -> str:
    """The section of the staff API."""
    answered = {code: count for code, count in run["codes"].items() if code != "200"}
    rows = "\n".join(f"| {what} | {run[name]['p50']} | {run[name]['p99']} |" for name, what in STAFF.items())
    return f"""## The staff API (`bench/staff_api.py`)

{run["requests"]:,} requests at {run["per_second"]} a second, half of each kind, on one API process and the embedded store, the audit of every search
included; answers other than 200: {sum(answered.values())}. Processor time per request in us: {cpu([run])}.

| | p50 ms | p99 ms |
|---|---|---|
{rows}"""


def forms(run: Run) -> str:
    """The section of the booking form."""
    screens = "\n".join(f"| {name} | {took['p50']} | {took['p99']} |" for name, took in run["screens"].items())
    return f"""## The booking form (`bench/form.py`): answered below WhatsApp's limit of a second

{run["requests"]:,} encrypted requests at {run["per_second"]} a second, {run["filled"]} forms filled in to the end, {run["taken"]} times told that a time is taken; answers
other than 200: {run["requests"] - run["codes"].get("200", 0)}. p50 {run["all"]["p50"]} ms, p99 {run["all"]["p99"]} ms, the slowest {run["all"]["max"]} ms. Processor time per request in us: {cpu([run])}.

| left from | p50 ms | p99 ms |
|---|---|---|
{screens}"""


def at_twilio(run: Run) -> str:
    """The section of the other provider."""
    return f"""## The whole way at Twilio (`bench/drive.py --provider twilio`)

Without a pause {run["per_second"]} messages/s: signed forms in, replies by the twilio package, lists and buttons by content templates; {run["booked"]:,} visits booked,
{run.get("doubled", 0)} replies doubled, {run.get("gave_up", 0)} patients gave up. After a tap p50 {run["reply_ms"]["p50"]} ms, p99 {run["reply_ms"]["p99"]} ms. Processor time per message in us: {cpu([run])}."""


def promises(run: Run, due: Run) -> str:
    """The section of what falls due later."""
    return f"""## Promises through kill -9 (`bench/promise_faults.py`), and a thousand at once (`bench/reminders.py`)

While {run["reminders"]} reminders fall due and {run["freed"]} freed times are offered to {run["waited"]} patients who wait (some say yes, some no, some
nothing), the two workers, the scheduler and Redis are killed and started anew in turn, and Redis is emptied, {run["blows"]} blows in
all. Told by the phones of the simulator: {run["reminders_lost"]} reminders lost, {run["reminders_doubled"]} doubled; of {run["offers"]} offers {run["offers_doubled"]} told twice, {run["offered_to_two"]} times
offered to two at once, {run["booked_twice"]} seats booked twice; of {run["accepted"]} accepted offers {run["accepted_not_booked"]} are no visit, {run["still_held"]} times held in the end.

{due["due"]:,} reminders due at one moment, from one number that takes 80 messages a second: {due["told"]:,} told, {due["lost"]} lost, {due["doubled"]} doubled, sent by two workers
in {due["jobs"]} jobs (the ticks among them) within {due["seconds"]} s, at most {due["most_in_a_second"]} in any second (the workers keep to {due["pace"]:.0f}); refused by the
simulator's rate limits: {sum(due["refused"].values())}.{due.get("note", "")}"""


def by_kill(faults: Run) -> str:
    """Whose end made whom wait how long, and what for."""
    slowest = faults.get("slowest_by_kill")
    if not slowest:
        return ""
    told = ", ".join(f"{seconds} s after that of {who}" for who, seconds in slowest.items() if who != "nobody")
    return f""" ({told}: the start of a new process on busy cores, for
a bot's end also the three seconds until its chats are another's, and five where a reply may have left already)"""


def later(once: Run) -> str:
    """What was added to the measurements after others; figures from before tell nothing of it."""
    parts = [promises(once["promises"], once["due"])] if "promises" in once else []
    parts += [staff(once["staff_api"])] if "staff_api" in once else []
    parts += [at_twilio(once["twilio"])] if "twilio" in once else []
    parts += [forms(once["form"])] if "form" in once else []
    return "".join(f"{part}\n\n" for part in parts).removesuffix("\n")


STAFF = {
    "queue": "a doctor's queue of 60 patients, with places and waits",
    "search": "a patient among 50,000: names, a third of them with a slip, and ends of numbers",
}


def page(conditions: dict[str, Any], figures: dict[str, list[Run]], once: Run) -> str:
    """docs/performance.md."""
    knee, plain, flood, half = (figures[name] for name in ("knee", "plain", "receive", "receive_half"))
    ratio = middle(knee, lambda run: run["per_second"]) / middle(plain, lambda run: run["per_second"])
    free, faults = once["availability"], once["faults"]
    stores = f"{by_store(once['by_store'], flood, conditions['cores'])}\n\n" if "by_store" in once else ""
    products = once.get("products", {})
    stages = "\n".join(f"| {stage} | {cost} |" for stage, cost in once["stages"].items())
    per_booking = once["minute"]["messages"] / max(1, once["minute"]["booked"])
    memory = ", ".join(f"{name} {size}" for name, size in once["memory"].items())
    return f"""# Performance

Written by `make bench` on {conditions["date"]}; the raw figures are in [performance.json](performance.json). {conditions["cores"]} cores, shared by
everything: load, bot, worker, {products.get("redis", "Redis")} (append-only file, fsync every second) and {products.get("mongo", "the *embedded* MongoDB-wire server")}. Python
{conditions["python"]}, {conditions["passes"]} interleaved passes, medians (and from where to where). Such machines are noisy: a quarter up or down is noise;
ratios and processor time per message are steadier than messages per second.{conditions.get("note", "")}

The load is real conversations with the real flows and the real domain: half new patients, half returning, {per_booking:.0f} messages a booking
with some typed words among the taps and thanks at the end, and three status webhooks, each a request of its own, for every reply. Latency counts from the moment a
webhook was due.

## Receive only, one process (`bench/receive.py`)

Signature, parse, dedupe, stored, 200: {span(flood, lambda run: run["per_second"])} webhooks/s; processor time per webhook in us: {cpu(flood)}.
At 2,500/s: p99 {middle(half, lambda run: run["webhook_ms"]["p99"]):.1f} ms.

## The whole way (`bench/drive.py`): webhook in to reply accepted by a local Graph server

| run | messages | replies | lost | doubled | bookings | webhook p50 / p99 ms | reply to a tap p50 / p99 ms | to words p50 / p99 ms | drained in s |
|---|---|---|---|---|---|---|---|---|---|
{rows(conditions, figures, once)}

After words of more than two letters the bot waits half a second for more of them, which is in the last figure. In the long run {once["minute"]["booked"]:,} visits were booked and {once["minute"]["confirmations"]:,} confirmations sent by the worker (the warm-up's are among them);
{once["minute"].get("gave_up", 0)} patients gave up.

Unpaced, 128 patients at once: {span(knee, lambda run: run["per_second"])} messages/s. Processor time per message (with its three statuses) in
us: {cpu(knee)}.

{goals(once, knee)}

{reach(budget(knee, flood, conditions["cores"]))}

{stores}## One message by stage (`bench/stages.py`)

Each stage alone, in us of processor time; what is missing to the figure above are the commands to Redis and the database, HTTP in and out, and the event loop.

| stage | us |
|---|---|
{stages}

## Beside a plain bot (`bench/plain.py`)

The same load on a bot of pywa's own webhook and sender that keeps the same conversation in memory, books into a dictionary and answers 200 before it does
anything: {span(plain, lambda run: run["per_second"])} messages/s, {cpu(plain)} us per message. OPDesk, with everything stored, does {ratio:.1f} times as many.

## Kill -9 under load (`bench/faults.py`)

While patients write {faults["messages"] / faults["seconds"]:.0f} messages a second, the bot, Redis, the worker and the database are killed and started anew in turn,
eight kills in all: {faults["messages"]:,} messages, {faults["replies"]:,} replies, {faults.get("doubled", 0)} doubled, {faults["booked"]} visits, {faults["booked_twice"]} seats held twice. {faults.get("message 503", 0)}
webhooks got a 503 and came again; half of the replies took {faults["reply_ms"]["p50"]} ms, the slowest {faults["reply_ms"]["max"] / 1000:.1f} s{by_kill(faults)}.

{later(once)}
## Free times (`bench/availability.py`): one doctor, 2,000 visits in the year

| | ms |
|---|---|
| 30 days, the pure part | {free["pure_30_days_ms"]} |
| a day's list in the chat, store included | {free["day_list_with_store_ms"]} |
| the same again within seconds | {free["day_list_again_ms"]} |

## Memory and messages

An idle conversation keeps {once["chat_bytes"]:,} bytes in Redis. Resident MiB at the end: {memory}.
A new patient needs at most nine own messages for a visit, a returning one five (`tests/flows/test_counts.py`), each answered by one bubble; in the load
{per_booking:.1f} messages led to a booking, since some patients ask, go back and type.

## What was found on the way

Seen in profiles while tuning; no command here measures them one by one.

- The driver's cost per database command weighs more than the conversation itself: a chat is read once per conversation and not once per
  turn; inserts, reads by id and changes of one moment share a command (`clinic/together.py`); a doctor's diary is kept for seconds, own
  bookings are entered into it at once, and what was found free by it stays as long as the store says the same. Where it does, the
  diary is read less often (`clinic/diary.py`): the more visits, the more a reading costs.
- With a tenant's name beside an id the embedded store weighs one index against another and takes two to four times as long as for the id
  alone: rows are read by their ids, and the door looks at the tenant in them (`clinic/together.py`). Late statuses of a promise, read and
  priced together, are one change, and the sums of all shards one command.
- An update costs the embedded store five inserts, so a new chat is stored with its consent, and promises that leave together are marked as
  leaving in one write, few of them by their claim (`clinic/departure.py`).
- Of a confirmation's cost three quarters were reads that the one before had made, too, and a client of its own for each number: words, numbers
  and their states are kept for three seconds (`clinic/kept.py`), and what leaves together asks in step, so that it shares commands.
- Each reading of an address for a reply cost as much as the rest of its request; each access to a document's field went through Beanie.
- Python's collector looked at the same objects again and again: they are frozen after the start.
- Redis commands of one moment leave as one pipeline (`bot/pipeline.py`).
- A turn is spread over hundreds of small things. What stood out: an exception for each text that a practice has not written itself,
  `strptime` for each time that was tapped, memories whose keys (all that a practice offers) took longer to hash than the answer to make,
  and lists of words that were read anew for each sentence. A sentence asks only the rules and phrases that begin with what it says.
- The least busy doctor was looked for at each free time, though a day has one answer: a list of any doctor's times took a millisecond.
- A second bot process on the same two cores was no faster: less is shared in memory, and the store is what both wait for.
- With the driver's own retries of writes (`retryWrites`) the embedded store looks through the answers to its last ten thousand writes at
  each further one, and an update costs five times as much: they are switched off for it (`opdesk/stores.py`).
- Patients who come back three times within a minute meet WhatsApp's own limit for one patient (45, then one every 6 s): the
  bot waits as Meta asks, so the load lets nobody come back more than once.
"""
