"""How Meta judges numbers, and what it refuses only after it has taken it."""

from conftest import Simulator  # type: ignore[import-not-found]

USER = "919876500001"
NUMBER = "100000000000001"
FIELDS = "quality_rating,throughput,whatsapp_business_manager_messaging_limit"


async def test_a_number_is_judged_otherwise(simulator: Simulator) -> None:
    node = (await simulator.graph("GET", f"{NUMBER}?fields={FIELDS}")).json()
    assert (node["quality_rating"], node["whatsapp_business_manager_messaging_limit"]) == ("GREEN", "TIER_2K")
    answer = await simulator.control("PATCH", f"numbers/{NUMBER}", quality="RED", limit="TIER_250", high=True)
    assert answer == {"quality": "RED", "limit": "TIER_250", "high": True}
    node = (await simulator.graph("GET", f"{NUMBER}?fields={FIELDS}")).json()
    assert node == {
        "quality_rating": "RED", "throughput": {"level": "HIGH"}, "id": NUMBER,
        "whatsapp_business_manager_messaging_limit": "TIER_250",
    }  # fmt: skip
    await simulator.bot.until(lambda bot: len(bot.values) >= 4)
    flagged, lowered, capability, faster = simulator.bot.values
    assert (flagged["event"], flagged["display_phone_number"]) == ("FLAGGED", "15550000101")
    assert (lowered["event"], lowered["max_daily_conversations_per_business"]) == ("DOWNGRADE", "TIER_250")
    assert capability == {"max_daily_conversations_per_business": 250}
    assert (faster["event"], faster["current_limit"]) == ("THROUGHPUT_UPGRADE", "TIER_UNLIMITED")


async def test_an_account_names_its_portfolio(simulator: Simulator) -> None:
    node = (await simulator.graph("GET", "200000000000001?fields=owner_business_info")).json()
    assert node["owner_business_info"]["id"] == "900000000000001"


async def test_a_stranger_is_not_judged(simulator: Simulator) -> None:
    assert (await simulator.http.patch("/control/numbers/1", json={"quality": "RED"})).status_code == 404
    assert (await simulator.http.patch(f"/control/numbers/{NUMBER}", json={"quality": "BLUE"})).status_code == 422


async def test_what_was_taken_fails_later(simulator: Simulator) -> None:
    await simulator.phone(USER, "text", text="hi")
    await simulator.control("PATCH", "faults", fail_late=131042)
    assert (await simulator.send(USER)).status_code == 200
    (status,) = await simulator.bot.until(lambda bot: bot.statuses)
    assert (status["status"], status["errors"][0]["code"], "pricing" in status) == ("failed", 131042, False)
    await simulator.control("PATCH", "faults", fail_late=0)
    assert (await simulator.send(USER)).status_code == 200
    await simulator.bot.until(lambda bot: [each for each in bot.statuses if each["status"] == "delivered"])
