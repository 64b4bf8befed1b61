"""Which intent the evidence speaks for, how surely, and by which words."""

from collections.abc import Iterable
from typing import NamedTuple, cast

from flows.understanding.evidence import Heard
from flows.understanding.table import Rule, rules_for
from flows.understanding.understood import Intent

_SURE, _CLEAR, _MORE = 9.0, 1.5, 0.1
COURTESIES = frozenset(["yes", "no", "thanks", "greeting"])  # little is said with few words, and surely
_SURE_COURTESY = 5.0


class Verdict(NamedTuple):
    """An intent with its weight, how sure it is (0 to 1), and the words that speak for it."""

    intent: Intent
    weight: float
    confidence: float
    because: tuple[str, ...]


UNKNOWN = Verdict("unknown", 0.0, 0.0, ())


def judge(heard: Heard, facts: Iterable[str]) -> Verdict:
    """The intent for which most weight was found. ``facts``: what else was said ("when_said", "doctor_said")."""
    kinds = heard.kinds.union(facts)
    best: dict[str, Rule] = {}
    fired: dict[str, int] = {}
    for rule in rules_for(kinds):
        if rule.needs <= kinds and rule.without.isdisjoint(kinds):
            fired[rule.intent] = fired.get(rule.intent, 0) + 1
            if rule.intent not in best or rule.weight > best[rule.intent].weight:
                best[rule.intent] = rule
    weights = {intent: rule.weight + _MORE * min(fired[intent] - 1, 4) for intent, rule in best.items()}
    if not weights:
        return UNKNOWN
    order = sorted(weights, key=lambda intent: -weights[intent])
    first = order[0]
    lead = weights[first] - (weights[order[1]] if len(order) > 1 else 0.0)
    return Verdict(
        cast("Intent", first), weights[first], _confidence(first, weights[first], lead), _because(heard, best[first])
    )


def _confidence(intent: str, weight: float, lead: float) -> float:
    """Much evidence is sure; two intents that are nearly as likely halve it."""
    sure = _SURE_COURTESY if intent in COURTESIES else _SURE
    return round(min(1.0, weight / sure) * (0.6 + 0.4 * min(1.0, lead / _CLEAR)), 2)


def _because(heard: Heard, rule: Rule) -> tuple[str, ...]:
    needed = {kind.removeprefix("not_") for kind in rule.needs}
    said = (hit.said for hit in heard.hits if not hit.kinds.isdisjoint(needed))
    return tuple(dict.fromkeys(said))
