"""The measured page reckons from its own figures whether the aims are in reach, and says which stores ran."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.page import page
from bench.reach import AIMS, budget, by_store, reach
from bench.run import other_stores
from opdesk.mongo_program import MONGOD, SECANTUS

MEASURED = Path(__file__).parent.parent.parent / "docs" / "performance.json"


def knee(**cpu: int) -> list[dict[str, Any]]:
    """Three passes about these costs."""
    return [{"cpu": {name: us + nudge for name, us in cpu.items()}, "per_second": 250} for nudge in (-40, 0, 90)]


FLOOD = [{"cpu": {"receiver": 140, "redis": 40, "load": 20}}]


def test_a_budget_is_the_sum_of_the_middle_costs_and_four_webhooks() -> None:
    cost = budget(knee(mongo=2000, bot=2500, load=500), FLOOD, 2)
    assert (cost.whole, cost.receiving) == (5000, 800)
    assert (cost.most(cost.whole), cost.most(cost.receiving)) == (400, 2500)


@pytest.mark.parametrize(
    ("bot", "cores", "rate", "why"),
    [
        (5000, 2, 3000, "receiving alone takes 2.4 of 2 cores"),
        (5000, 2, 1000, "it takes 5.0 of 2 cores; a message may cost 2,000 us, of which receiving takes 800"),
        (1900, 2, 1000, ""),
        (5000, 16, 3000, ""),
    ],
)
def test_why_a_rate_is_out_of_reach(bot: int, cores: int, rate: int, why: str) -> None:
    assert budget(knee(bot=bot), FLOOD, cores).missed(rate) == why


def test_the_page_shows_each_part_and_each_verdict() -> None:
    told = reach(budget(knee(mongo=2000, bot=2500, load=500), FLOOD, 2))
    assert "| bot | 2,500 | 2.5 | 7.5 |\n| mongo | 2,000 | 2.0 | 6.0 |" in told
    assert "| **all** | 5,000 | 5.0 | 15.0 |" in told
    assert told.count("not in reach here") == len(AIMS)
    assert reach(budget(knee(bot=100), [{"cpu": {"receiver": 10}}], 2)).count(": in reach.") == len(AIMS)


def test_stores_stand_side_by_side_and_the_unfit_one_is_called_so() -> None:
    took = {"p50": 5, "p99": 9}
    paced = [{"messages": 100, "replies": 99, "doubled": 1, "webhook_ms": took, "reply_ms": took}]
    stores = {
        "SecantusDB 0.7": {"knee": knee(mongo=2000, bot=2000), "paced": paced},
        "secantusd-rs 0.5": {"knee": knee(mongo=500, bot=2000), "paced": paced},
    }
    told = by_store(stores, FLOOD, 2)
    assert "| SecantusDB 0.7 | **250** (250 to 250) | 2,000 | 4,000 | 500 | 1 | 1 | 5 / 9 | 5 / 9 |" in told
    assert "| secantusd-rs 0.5 | **250** (250 to 250) | 500 | 2,500 | 800 | 1 | 1 |" in told
    assert "not fit to keep appointments" in told
    assert "not fit" not in by_store({"MongoDB 8": stores["SecantusDB 0.7"]}, FLOOD, 2)


def test_the_stores_that_ran_are_on_the_page() -> None:
    last = json.loads(MEASURED.read_text())
    products = {"mongo": "MongoDB 8.0.4", "redis": "Valkey 8.1.0"}
    told = page(last["conditions"], last["figures"], last["once"] | {"products": products})
    assert all(product in told.partition("\n## ")[0] for product in products.values())
    assert "Are the aims in reach" in told


def test_no_store_is_measured_twice() -> None:
    assert SECANTUS in other_stores(MONGOD)
    assert SECANTUS not in other_stores(SECANTUS)
