"""The page that a bench run writes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures import Run, cpu, ends, middle, span
from bench.reach import budget, by_store, reach

FOUND = Path(__file__).with_name("found.md")


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
other than 200: {run["requests"] - run["codes"].get("200", 0)} (427: a form that ends in words, as where the chosen day has filled up meanwhile). p50 {run["all"]["p50"]} ms, p99 {run["all"]["p99"]} ms, the slowest {run["all"]["max"]} ms. Processor time per request in us: {cpu([run])}.

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
in {due["jobs"]} jobs (the ticks among them) within {due["seconds"]} s, at most {due["most_in_a_second"]} in any second (the workers take leave for {due["pace"]:.0f}; what was
held up arrives closer together); refused by the
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

{FOUND.read_text("utf-8")}"""
