"""The clock, the 24-hour window and the speed limits."""

from typing import Any

from conftest import Simulator, simulating  # type: ignore[import-not-found]

from simulator.clock import Clock
from simulator.config import DEMO_NUMBERS, Number

USER = "919876500001"
DAY = 86_400


async def code(simulator: Simulator, user: str = USER) -> int:
    """0, or the code of the refusal."""
    answer = await simulator.send(user)
    return int(answer.json().get("error", {}).get("code", 0))


async def test_free_text_needs_a_message_within_a_day(simulator: Simulator) -> None:
    assert await code(simulator) == 131047
    await simulator.phone(USER, "text", text="hi")
    assert await code(simulator) == 0
    await simulator.control("POST", "clock", seconds=DAY - 60)
    assert await code(simulator) == 0
    await simulator.control("POST", "clock", seconds=120)
    answer = await simulator.send(USER)
    assert answer.status_code == 400
    assert "more than 24 hours" in answer.json()["error"]["error_data"]["details"]
    template = {"name": "hello_world", "language": {"code": "en_US"}}
    assert (await simulator.send(USER, type="template", template=template)).status_code == 200
    await simulator.phone(USER, "text", text="again")
    assert await code(simulator) == 0


async def test_the_window_is_each_numbers_own(simulator: Simulator) -> None:
    await simulator.phone(USER, "text", text="hi", number="100000000000002")
    assert await code(simulator) == 131047


async def test_a_pair_may_burst_and_then_waits_six_seconds(simulator: Simulator) -> None:
    await simulator.control("POST", "clock", freeze=True)  # the limits run on
    await simulator.phone(USER, "text", text="hi")
    await simulator.phone("919876500002", "text", text="hi")
    assert [await code(simulator) for _ in range(46)] == [0] * 45 + [131056]
    assert await code(simulator, "919876500002") == 0
    await simulator.control("POST", "clock", seconds=6.1)
    assert [await code(simulator) for _ in range(2)] == [0, 131056]


async def test_a_number_sends_so_many_a_second(bots_url: str) -> None:
    number = Number(**{**vars(DEMO_NUMBERS[0]), "per_second": 3})
    async with simulating(bots_url, numbers=(number,), pair_burst=0) as simulator:
        await simulator.phone(USER, "text", text="hi")
        assert [await code(simulator) for _ in range(4)] == [0, 0, 0, 130429]
        await simulator.control("POST", "clock", seconds=1)
        assert await code(simulator) == 0
        await simulator.control("PATCH", "faults", throttle=1)
        assert [await code(simulator) for _ in range(2)] == [0, 130429]


async def test_messages_carry_the_moved_time(simulator: Simulator) -> None:
    moved = await simulator.control("POST", "clock", seconds=-DAY, freeze=True)
    await simulator.phone(USER, "text", text="hi")
    message = await simulator.bot.until(lambda bot: bot.messages and bot.messages[0])
    assert message["timestamp"] == str(int(moved["now"]))
    assert (await simulator.control("POST", "clock", reset=True))["offset"] == 0


async def test_service_messages_cost_after_the_thousandth(simulator: Simulator) -> None:
    await simulator.phone(USER, "text", text="hi")
    world = simulator.app.state.network.world
    answer = (await simulator.send(USER)).status_code
    assert answer == 200
    await simulator.bot.until(lambda bot: bot.statuses)
    (month,) = world.delivered
    world.delivered[month] = 1000
    await simulator.send(USER)
    prices = await simulator.bot.until(lambda bot: len(priced(bot)) == 4 and priced(bot))
    assert {price["type"] for price in prices[:2]} == {"free_customer_service"}
    assert prices[2] == {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"}


def priced(bot: Any) -> list[dict[str, Any]]:
    return [status["pricing"] for status in bot.statuses if "pricing" in status]


def test_a_thawed_clock_runs_on_from_where_it_stood() -> None:
    clock = Clock()
    clock.freeze()
    clock.move(-1000)
    stood = clock.now()
    assert clock.now() == stood
    clock.thaw()
    assert stood <= clock.now() < stood + 5
