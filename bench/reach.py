"""Whether the aims are in reach on these cores by what a message costs, and what of that is the store's."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import Run, ends, middle, span

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
