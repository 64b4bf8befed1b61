"""What can be made to go wrong, seen from the bot's side."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import NUMBER, Simulator, eventually, simulating  # type: ignore[import-not-found]

USER = "919876500001"


async def fault(simulator: Simulator, **switches: Any) -> None:
    await simulator.control("PATCH", "faults", **switches)


async def greet(simulator: Simulator, count: int = 1) -> list[str]:
    return [(await simulator.phone(USER, "text", text=f"hi {index}"))["id"] for index in range(count)]


async def none_waits(simulator: Simulator) -> bool:
    return await simulator.waiting() == 0


async def dropped(simulator: Simulator) -> bool:
    return 'simulator_webhooks_total{outcome="dropped"} 3.0' in (await simulator.http.get("/metrics")).text


async def verified(simulator: Simulator) -> bool:
    return bool((await simulator.http.get("/ready")).json()["webhook_verified"])


def ids(bot: Any) -> list[str]:
    return [message["id"] for message in bot.messages]


async def test_messages_of_one_person_keep_their_order(simulator: Simulator) -> None:
    sent = await greet(simulator, 20)
    await simulator.bot.until(lambda bot: len(bot.messages) == 20)
    assert ids(simulator.bot) == sent


async def test_duplicates(simulator: Simulator) -> None:
    await fault(simulator, duplicate=1)
    sent = await greet(simulator, 3)
    await simulator.bot.until(lambda bot: len(bot.messages) == 6)
    assert ids(simulator.bot) == [one for one in sent for _ in range(2)]


async def test_reordering_loses_nothing(simulator: Simulator) -> None:
    await fault(simulator, reorder=1, reorder_seconds=0.2)
    sent = await greet(simulator, 12)
    await simulator.bot.until(lambda bot: len(bot.messages) == 12)
    assert ids(simulator.bot) != sent
    assert sorted(ids(simulator.bot)) == sorted(sent)


async def test_delay(simulator: Simulator) -> None:
    await fault(simulator, delay=0.2)
    await greet(simulator)
    await asyncio.sleep(0.1)
    assert not simulator.bot.messages
    await simulator.bot.until(lambda bot: bot.messages)


async def test_batches_hold_entries_changes_and_messages(simulator: Simulator) -> None:
    await fault(simulator, batch=4)
    await greet(simulator, 2)
    await simulator.phone(USER, "text", text="to the other", number="100000000000002")
    await simulator.phone("919876500002", "text", text="from another")
    (post,) = await simulator.bot.until(lambda bot: bot.posts)
    assert [entry["id"] for entry in post["entry"]] == ["200000000000001", "200000000000002"]
    first = post["entry"][0]["changes"][0]["value"]
    assert [message["from"] for message in first["messages"]] == [USER, USER, "919876500002"]
    assert [contact["wa_id"] for contact in first["contacts"]] == [USER, USER, "919876500002"]


async def test_an_incomplete_batch_comes_all_the_same(simulator: Simulator) -> None:
    await fault(simulator, batch=1000)
    await greet(simulator, 3)
    (post,) = await simulator.bot.until(lambda bot: bot.posts)
    assert len(post["entry"][0]["changes"][0]["value"]["messages"]) == 3


async def test_lost_statuses(simulator: Simulator) -> None:
    await greet(simulator)
    await fault(simulator, lose_statuses=1)
    await simulator.send(USER)
    await asyncio.sleep(0.1)
    assert simulator.bot.statuses == []
    assert (await simulator.transcript(USER))[-1]["status"] == "read"


async def test_the_next_sends_fail_with_a_code(simulator: Simulator) -> None:
    await greet(simulator)
    await fault(simulator, fail_next=2, fail_code=131016)
    answers = [await simulator.send(USER) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500, 500, 200]
    assert answers[0].json()["error"]["is_transient"] is True


async def test_every_third_send_fails(simulator: Simulator) -> None:
    await greet(simulator)
    await fault(simulator, fail_every=3, fail_code=130429)
    assert [(await simulator.send(USER)).status_code for _ in range(6)] == [200, 200, 400, 200, 200, 400]


async def test_a_broken_gateway_answers_no_json(simulator: Simulator) -> None:
    await greet(simulator)
    await fault(simulator, html_next=1)
    answer = await simulator.send(USER)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")


async def test_an_accepted_send_may_lose_its_answer(simulator: Simulator) -> None:
    await greet(simulator)
    await fault(simulator, drop_next=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await simulator.send(USER, text={"body": "once"}, biz_opaque_callback_data="o.1")
    status = await simulator.bot.until(lambda bot: bot.statuses and bot.statuses[0])
    assert status["biz_opaque_callback_data"] == "o.1"
    assert (await simulator.transcript(USER))[-1]["text"] == "once"
    assert (await simulator.send(USER)).status_code == 200


async def test_slow_answers(simulator: Simulator) -> None:
    await greet(simulator)
    await fault(simulator, slow=5)
    with pytest.raises(httpx.ReadTimeout):
        await simulator.http.post(
            f"/v26.0/{NUMBER}/messages",
            json={"messaging_product": "whatsapp", "to": f"+{USER}", "text": {"body": "late"}},
            headers={"Authorization": "Bearer demo-access-token"},
            timeout=0.2,
        )
    assert (await simulator.transcript(USER))[-1]["text"] == "late"


async def test_everything_works_again(simulator: Simulator) -> None:
    await fault(simulator, duplicate=1, fail_every=1)
    cleared = await simulator.control("DELETE", "faults")
    assert cleared["duplicate"] == cleared["fail_every"] == 0


async def test_an_unknown_switch_is_refused(simulator: Simulator) -> None:
    assert (await simulator.http.patch("/control/faults", json={"dupliacte": 1})).status_code == 422
    assert (await simulator.http.patch("/control/faults", json={"duplicate": 2})).status_code == 422


async def test_an_unreachable_person_fails_without_contacts(simulator: Simulator) -> None:
    await greet(simulator)
    await simulator.control("PATCH", f"people/{USER}", reachable=False)
    await simulator.send(USER, text={"body": "x"}, biz_opaque_callback_data="o.2")
    value = await simulator.bot.until(lambda bot: bot.statuses and bot.values[-1])
    (status,) = value["statuses"]
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131026)
    assert status["biz_opaque_callback_data"] == "o.2"
    assert "contacts" not in value
    assert "pricing" not in status


async def test_an_offline_phone_catches_up(simulator: Simulator) -> None:
    await greet(simulator)
    await simulator.control("PATCH", f"people/{USER}", online=False, reads=False)
    await simulator.send(USER)
    await asyncio.sleep(0.05)
    assert [status["status"] for status in simulator.bot.statuses] == ["sent"]
    await simulator.control("PATCH", f"people/{USER}", online=True)
    await simulator.bot.until(lambda bot: len(bot.statuses) == 2)
    await asyncio.sleep(0.05)
    assert [status["status"] for status in simulator.bot.statuses] == ["sent", "delivered"]


async def test_webhooks_come_again_until_they_are_answered_200(simulator: Simulator) -> None:
    simulator.bot.answer = 503
    sent = await greet(simulator, 3)
    await asyncio.sleep(0.1)
    state = await simulator.control("GET", "webhooks")
    assert (state["waiting"], state["problem"]) == (3, "answered 503")
    assert {bubble["status"] for bubble in await simulator.transcript(USER)} == {"sent"}
    simulator.bot.answer = 200
    await simulator.bot.until(lambda bot: len(bot.messages) == 3)
    assert sorted(ids(simulator.bot)) == sorted(sent)
    await eventually(lambda: none_waits(simulator))
    assert {bubble["status"] for bubble in await simulator.transcript(USER)} == {"delivered"}


async def test_webhooks_beyond_the_limit_are_dropped_and_counted(bots_url: str) -> None:
    async with simulating(bots_url, waiting_most=5, retry_seconds=60) as simulator:
        simulator.bot.answer = 500
        await greet(simulator, 8)
        await eventually(lambda: dropped(simulator))
        assert await simulator.waiting() == 5


async def test_the_handshake_waits_for_the_bot(bots_url: str) -> None:
    async with simulating(bots_url, handshake=True) as simulator:
        await eventually(lambda: verified(simulator))
        elsewhere = await simulator.control("POST", "webhooks", url=f"{simulator.url}/nowhere")
        assert elsewhere["verified"] is False


async def test_any_event_can_be_posted(simulator: Simulator) -> None:
    await simulator.control("POST", "webhook", field="account_update", value={"event": "ACCOUNT_VIOLATION"})
    post = await simulator.bot.until(lambda bot: bot.posts and bot.posts[0])
    assert post["entry"][0]["changes"] == [{"field": "account_update", "value": {"event": "ACCOUNT_VIOLATION"}}]


async def test_a_demo_survives_a_restart(tmp_path: Path, bots_url: str) -> None:
    path = tmp_path / "simulator.json"
    async with simulating(bots_url, snapshot=path) as simulator:
        await simulator.http.post("/phone/people", json={"user": USER, "name": "Asha"})
        await greet(simulator)
        await simulator.control("POST", "clock", seconds=3600)
        await simulator.bot.until(lambda bot: bot.messages)
        before = await simulator.transcript(USER)
    async with simulating(bots_url, snapshot=path) as simulator:
        assert [bubble["id"] for bubble in await simulator.transcript(USER)] == [before[0]["id"]]
        assert (await simulator.http.get("/phone/people")).json()["people"][0]["name"] == "Asha"
        assert (await simulator.control("GET", "clock"))["offset"] == 3600
        assert (await simulator.send(USER)).status_code == 200
        templates = (await simulator.control("GET", "templates"))["templates"]
        assert [template["name"] for template in templates] == ["hello_world", "hello_world"]


async def test_a_corrupt_snapshot_is_set_aside(tmp_path: Path, bots_url: str) -> None:
    path = tmp_path / "simulator.json"
    path.write_text('{"version": 1, "clock"')
    async with simulating(bots_url, snapshot=path) as simulator:
        assert (await simulator.http.get("/health")).json() == {"status": "ok"}
    assert (tmp_path / "simulator.broken.json").exists()
