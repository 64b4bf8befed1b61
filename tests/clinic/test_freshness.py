"""What is remembered for a moment: loaded once, forgotten in time, never stuck on a failure."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from practice import Practice, open_practice

from clinic import directory as directories
from clinic import fresh
from clinic.directory import DIRECTORIES, Directory
from clinic.doctor import Doctor
from clinic.fresh import Fresh
from clinic.record import to_mongo, watch


class Source:
    """A slow answer that counts how often it was asked."""

    def __init__(self) -> None:
        self.asked, self.now, self.broken = 0, 0.0, False

    async def load(self, key: str) -> str:
        self.asked += 1
        number = self.asked
        await asyncio.sleep(0.01)
        if self.broken:
            raise OSError
        return f"{key}{number}"

    def clock(self) -> float:
        return self.now


@pytest.fixture
def source() -> Source:
    return Source()


async def test_asked_once_for_all(source: Source) -> None:
    answers = Fresh(source.load, 5, source.clock)
    assert await asyncio.gather(*(answers.get("a") for _ in range(5))) == ["a1"] * 5
    assert await answers.get("b") == "b2"
    source.now = 4.9
    assert await answers.get("a") == "a1"
    source.now = 5.0
    assert answers.known("a") is None
    assert await answers.get("a") == "a3"
    assert answers.known("a") == "a3"


async def test_an_answer_may_say_how_long_it_lasts(source: Source) -> None:
    answers = Fresh(source.load, 5, source.clock, lasting=lambda answer: 15 if answer == "a2" else 5)
    assert await answers.get("a") == "a1"
    source.now = 5.0
    assert await answers.get("a") == "a2"
    source.now = 19.9
    assert answers.known("a") == "a2"
    source.now = 4.9
    assert answers.known("a") is None, "the clock was moved back"
    source.now = 20.0
    assert await answers.get("a") == "a3"


async def test_a_failure_is_not_kept(source: Source) -> None:
    answers = Fresh(source.load, 5, source.clock)
    source.broken = True
    for _ in range(2):
        with pytest.raises(OSError):  # noqa: PT011
            await answers.get("a")
    source.broken = False
    assert await answers.get("a") == "a3"


async def test_what_is_still_coming_is_not_known(source: Source) -> None:
    answers = Fresh(source.load, 5, source.clock)
    asking = asyncio.create_task(answers.get("a"))
    await asyncio.sleep(0)
    assert answers.known("a") is None
    answers.forget("a")
    assert await asking == "a1"
    assert await answers.get("a") == "a2"


async def test_one_who_gives_up_does_not_fail_the_others(source: Source) -> None:
    answers = Fresh(source.load, 5, source.clock)
    impatient, patient = asyncio.create_task(answers.get("a")), asyncio.create_task(answers.get("a"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == "a1"


async def test_old_answers_are_thrown_out(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fresh, "KEPT", 2)
    answers = Fresh(source.load, 5, source.clock)
    await answers.get("a")
    source.now = 3.0
    await answers.get("b")
    source.now = 6.0
    await answers.get("c")
    assert set(answers._answers) == {"b", "c"}


async def test_an_unchanged_directory_stays_the_same_object(practice: Practice) -> None:
    first = await practice.directory()
    DIRECTORIES.forget(practice.id)
    assert await practice.directory() is first
    await Doctor.of(practice.id).change({}, {"$set": {"name": "Dr New"}})
    assert await practice.directory() is first, "a few seconds old at most"
    DIRECTORIES.forget(practice.id)
    changed = await practice.directory()
    assert changed is not first
    assert [doctor.name for doctor in changed.doctors.values()] == ["Dr New"]


async def test_an_unchanged_practice_is_not_read_again(practice: Practice) -> None:
    asked: list[str] = []
    first = await practice.directory()
    watch(lambda record, _query: asked.append(record.__name__))
    DIRECTORIES.forget(practice.id)
    assert await practice.directory() is first
    assert asked == ["Tenant"]


WRITES = (
    lambda door, doctor: door.insert(doctor),
    lambda door, doctor: door.insert_rows([to_mongo(doctor)]),
    lambda door, doctor: door.insert_in_order([to_mongo(doctor)]),
    lambda door, _: door.change({}, {"$set": {"name": "Dr New"}}),
    lambda door, _: door.change_all({}, {"$set": {"name": "Dr New"}}),
    lambda door, _: door.change_each([({}, {"$set": {"name": "Dr New"}})]),
    lambda door, _: door.delete({}),
)


@pytest.mark.parametrize("write", WRITES)
async def test_every_way_to_change_it_is_seen(practice: Practice, write: Callable[..., Awaitable[object]]) -> None:
    first = await practice.directory()
    await write(Doctor.of(practice.id), Doctor(tenant_id=practice.id, name="Dr Second"))
    DIRECTORIES.forget(practice.id)
    assert (await practice.directory()).doctors != first.doctors


async def test_a_change_that_a_crash_left_uncounted_is_seen_late(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await practice.directory()
    await Doctor.get_pymongo_collection().update_one({"tenant_id": practice.id}, {"$set": {"name": "Dr New"}})
    DIRECTORIES.forget(practice.id)
    assert await practice.directory() is first
    monkeypatch.setattr(directories, "ALL_AGAIN", -1.0)
    DIRECTORIES.forget(practice.id)
    assert [doctor.name for doctor in (await practice.directory()).doctors.values()] == ["Dr New"]


async def test_what_is_computed_from_it_is_bounded(database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directories, "GRIDS", 2)
    practice = await open_practice(minutes=(15, 30, 45))
    known: Directory = await practice.directory()
    doctor, today = practice.doctors[0].id, known.schedules[0].valid_from
    for service in practice.services:
        known.offered(doctor, practice.clinic.id, service.id, today, 1)
    assert len(known._grids) == 1


async def test_however_many_names_are_asked_for_it_keeps_so_many(source: Source, monkeypatch: Any) -> None:
    monkeypatch.setattr(fresh, "KEPT", 10)
    answers = Fresh(source.load, 5, source.clock)
    for name in range(100):
        await answers.get(str(name))
    kept = [name for name in map(str, range(100)) if answers.known(name)]
    assert len(kept) <= 10
    assert kept[-1] == "99", "the latest stay"
