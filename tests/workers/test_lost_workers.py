"""A killed worker's claims need not end by their time; one that lives, or that nobody could see, keeps its own."""

import time
from datetime import UTC, date, datetime, timedelta

from graph_server import GraphServer
from promises import Practice
from redis import Redis
from test_processes import clinic as clinic
from test_processes import environment as environment
from test_processes import own_url as own_url
from test_processes import process, until

from clinic import notification
from clinic.delivery import StatusChange
from clinic.notification import LEASE
from workers.context import Context
from workers.life import LOST, SEEN, beat
from workers.notifications import attempt

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SOON = 0.6  # seconds, in place of LOST
WITHIN = 45.0  # seconds; on a machine of its own it is over in 15. A claim alone lasts two minutes


async def test_a_worker_that_is_not_seen_any_more_is_named_once(queue_redis: "Redis") -> None:
    for name in ("gone", "steady"):
        assert beat(queue_redis, name, SOON) == []
    queue_redis.zincrby(SEEN, -SOON * 2, "gone")  # as if it had not been seen for so long
    assert beat(queue_redis, "steady", SOON) == ["gone"]
    assert beat(queue_redis, "steady", SOON) == []


async def test_after_redis_was_away_everybody_has_the_time_to_be_seen(queue_redis: "Redis") -> None:
    for name in ("one", "other"):
        beat(queue_redis, name, SOON)
    for name in ("one", "other"):
        queue_redis.zincrby(SEEN, -SOON * 2, name)  # as if it had been away for so long
    assert beat(queue_redis, "one", SOON) == []
    assert beat(queue_redis, "other", SOON) == []
    assert beat(queue_redis, "one", SOON) == []


async def test_only_old_claims_of_lost_workers_are_due(clinic: Practice) -> None:
    made = [(await clinic.promise()).id for _ in range(4)]
    old, young = NOW - timedelta(seconds=30), NOW - timedelta(seconds=1)
    for each, worker, at in zip(made, ("lost", "lost", "lives", "lost"), (old, young, old, old), strict=True):
        assert await notification.claim([each], worker, at)
    told = await notification.ledger().get(made[3])
    assert await notification.accepted(told.id, told.token, "wamid", NOW)
    assert await notification.forsaken(["lost"], NOW - timedelta(seconds=8), NOW) == [made[0]]
    (again,) = await notification.claim(made, "another", NOW)
    assert (again.id, again.attempt) == (made[0], 2)
    assert timedelta(seconds=LOST) < LEASE


async def test_a_worker_that_slept_sends_nothing_and_changes_nothing_of_another(
    clinic: Practice, graph: GraphServer, context: Context
) -> None:
    """Nor of what the other's message tells along with its own."""
    first, along = await clinic.promise(), await clinic.promise(wa_id="919876543211")
    (slept,) = await notification.claim([first.id], "slept", datetime.now(UTC))
    now = datetime.now(UTC) + timedelta(seconds=LOST)
    assert await notification.forsaken(["slept"], now, now) == [first.id]
    assert await notification.claim([first.id], "awake", now)
    same = {"chat_id": first.chat_id, "day": "2030-01-07"}
    await notification.ledger().change({"_id": first.id}, {"$set": same})
    told = {"status": "included", "included_in": first.id, **same}
    await notification.ledger().change({"_id": along.id}, {"$set": told})
    await attempt(slept.model_copy(update={"day": date(2030, 1, 7)}), context)
    assert graph.sent == []
    stored = {each.id: each for each in (await clinic.stored(first), await clinic.stored(along))}
    assert (stored[first.id].status, stored[first.id].worker) == ("sending", "awake")
    assert stored[along.id].status == "included"


async def test_what_a_killed_worker_was_sending_is_sent_by_another_soon(
    clinic: Practice, graph: GraphServer, redis: object, environment: dict[str, str]
) -> None:
    """Of one promise the provider has told that it was sent, of the other one nothing."""
    told, untold = await clinic.promise(), await clinic.promise(wa_id="919876543211")
    graph.slow = 60.0

    def sent(id: str) -> int:
        return sum(id in str(each) for each in list(graph.sent))

    async def both_leaving() -> bool:
        return sent(told.id) > 0 and sent(untold.id) > 0

    async def again() -> bool:
        return sent(untold.id) == 2

    with process("worker", environment) as worker, process("scheduler", environment):
        await until(both_leaving)
        worker.kill()
        killed = time.monotonic()
        now = datetime.now(UTC)
        await notification.apply_statuses([StatusChange(clinic.id, "sent", now, f"n.{told.id}.1")])
        graph.slow = 0.0
        with process("worker", environment):
            await until(again)
            assert time.monotonic() - killed < WITHIN
    assert sent(told.id) == 1
