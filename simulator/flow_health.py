"""How well a Flow's endpoint answers, by Meta's measures, and which alerts and which state follow from it.

The measures, windows and thresholds are Meta's ("Flow Health and Monitoring"). Which threshold throttles and which
blocks is not told there: here the second throttles, the highest blocks, one step at a time, and back the same way.
"""

from collections import Counter, deque
from dataclasses import dataclass, field

from simulator.errors import Json

LEAST = 10  # requests or pings before a rate is told
KEPT = 5000
MINUTE = 60.0
CLIENT = frozenset(
    {
        "public-key-missing",
        "response-decryption-error",
        "invalid-screen-transition",
        "payload-schema-error",
        "business-decryption-error",
    }
)

# event -> (seconds that are looked back, thresholds from the mildest)
MEASURES: dict[str, tuple[float, tuple[float, ...]]] = {
    "ENDPOINT_ERROR_RATE": (30 * MINUTE, (5, 10, 50)),
    "CLIENT_ERROR_RATE": (60 * MINUTE, (5, 10, 50)),
    "ENDPOINT_LATENCY": (30 * MINUTE, (1000, 5000, 7000)),
    "ENDPOINT_AVAILABILITY": (10 * MINUTE, (90,)),
}
LADDER = ("PUBLISHED", "THROTTLED", "BLOCKED")
THROTTLING, BLOCKING = 2, 3  # how many thresholds are reached


@dataclass(frozen=True)
class Measured:
    """One request: when, how long it took (seconds), and what went wrong with it (a key of Meta's, or nothing)."""

    at: float
    seconds: float
    problem: str = ""
    ping: bool = False


@dataclass
class Health:
    """What was measured of one Flow, and the thresholds that its business was told of."""

    measured: deque[Measured] = field(default_factory=lambda: deque(maxlen=KEPT))
    told: dict[str, float] = field(default_factory=dict)

    def within(self, event: str, now: float) -> list[Measured]:
        """What counts for one measure."""
        seconds = MEASURES[event][0]
        recent = [each for each in self.measured if 0 <= now - each.at <= seconds]
        return [each for each in recent if each.ping or event != "ENDPOINT_AVAILABILITY"]

    def reached(self, event: str, now: float) -> tuple[float, int]:
        """How much is measured, and how many of the thresholds it reaches."""
        found = self.within(event, now)
        if len(found) < LEAST:
            return 0.0, 0
        amount = MEASURE[event](found)
        if event == "ENDPOINT_AVAILABILITY":
            return amount, (BLOCKING if amount < 50 else THROTTLING) if amount < 90 else 0
        return amount, sum(amount >= threshold for threshold in MEASURES[event][1])

    def alerts(self, flow_id: str, now: float) -> list[Json]:
        """The webhooks due: a threshold newly reached, or left behind."""
        due = []
        for event, (_, thresholds) in MEASURES.items():
            amount, count = self.reached(event, now)
            threshold = thresholds[min(count, len(thresholds)) - 1] if count else 0.0
            before = self.told.get(event, 0.0)
            if threshold > before:
                due.append(alert(event, flow_id, threshold, self.details(event, amount, now)))
            elif threshold < before:
                due.append(alert(event, flow_id, before, self.details(event, amount, now), activated=False))
            self.told[event] = threshold
        return due

    def details(self, event: str, amount: float, now: float) -> Json:
        """What an alert tells besides its threshold."""
        found = self.within(event, now)
        if event == "ENDPOINT_AVAILABILITY":
            return {"availability": round(amount)}
        if event == "ENDPOINT_LATENCY":
            times = [each.seconds * 1000 for each in found]
            return {
                "p90_latency": round(amount),
                "p50_latency": round(_share(times, 0.5)),
                "requests_count": len(found),
            }
        client = event == "CLIENT_ERROR_RATE"
        return {"error_rate": round(amount, 2), "errors": _errors([each for each in found if _wrong(each, client)])}

    def state(self, status: str, now: float) -> str:
        """The state that follows from all measures: at most one step from the present one."""
        worst = max(self.reached(event, now)[1] for event in MEASURES)
        wanted = 2 if worst >= BLOCKING else 1 if worst >= THROTTLING else 0
        at = LADDER.index(status)
        return LADDER[at + (wanted > at) - (wanted < at)]


def alert(event: str, flow_id: str, threshold: float, details: Json, *, activated: bool = True) -> Json:
    """The value of a webhook of the field ``flows``."""
    shown = int(threshold)
    return {
        "event": event,
        "message": SAID[event].format(threshold=shown, did="reached" if activated else "recovered from"),
        "flow_id": flow_id,
        "threshold": shown,
        "alert_state": "ACTIVATED" if activated else "DEACTIVATED",
        **details,
    }


SAID = {
    "ENDPOINT_ERROR_RATE": "The flow endpoint request error rate has {did} the {threshold}% threshold",
    "CLIENT_ERROR_RATE": "The flow client request error rate has {did} the {threshold}% threshold",
    "ENDPOINT_LATENCY": "Flow endpoint latency has {did} the p90 threshold of {threshold} ms",
    "ENDPOINT_AVAILABILITY": "The flow endpoint availability has {did} the {threshold}% threshold",
}


def _wrong(each: Measured, client: bool) -> bool:
    return bool(each.problem) and (each.problem in CLIENT) == client


def _share(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def _rate(client: bool, found: list[Measured]) -> float:
    return 100 * sum(_wrong(each, client) for each in found) / len(found)


def _errors(wrong: list[Measured]) -> list[Json]:
    counted = Counter(each.problem.upper().replace("-", "_") for each in wrong)
    return [
        {"error_type": name, "error_rate": round(100 * count / len(wrong), 2), "error_count": count}
        for name, count in counted.most_common()
    ]


MEASURE = {
    "ENDPOINT_ERROR_RATE": lambda found: _rate(False, found),
    "CLIENT_ERROR_RATE": lambda found: _rate(True, found),
    "ENDPOINT_LATENCY": lambda found: _share([each.seconds * 1000 for each in found], 0.9),
    "ENDPOINT_AVAILABILITY": lambda found: 100 * sum(not each.problem for each in found) / len(found),
}
