"""A read that several share begins after each of them has asked."""

import asyncio
import random

import pytest

from clinic.joined import Joined


class Source:
    """What is read: slowly, and as it was when the reading began."""

    def __init__(self) -> None:
        self.value, self.reads = 0, 0

    async def read(self, key: str) -> int:
        self.reads += 1
        seen = self.value
        await asyncio.sleep(0.002)
        return seen


async def test_who_asks_in_one_moment_shares_a_read() -> None:
    source = Source()
    joined = Joined(source.read)
    assert await asyncio.gather(*(joined.get("a") for _ in range(20))) == [0] * 20
    assert source.reads == 2  # the first one's, and one for all who came behind it
    await asyncio.gather(joined.get("a"), joined.get("b"))
    assert source.reads == 4


async def test_nobody_is_told_what_was_read_before_they_asked() -> None:
    source, chance = Source(), random.Random(11)
    joined = Joined(source.read)

    async def ask() -> None:
        await asyncio.sleep(chance.random() / 20)
        known = source.value
        assert await joined.get("a") >= known

    async def change() -> None:
        for _ in range(200):
            source.value += 1
            await asyncio.sleep(chance.random() / 2000)

    await asyncio.gather(change(), *(ask() for _ in range(300)))
    assert source.reads < 100


async def test_a_failed_read_fails_those_who_shared_it_and_no_others() -> None:
    async def fail(key: str) -> int:
        await asyncio.sleep(0)
        raise ValueError(next(numbers))

    numbers = iter(range(10))
    joined = Joined(fail)
    told = await asyncio.gather(*(joined.get("a") for _ in range(3)), return_exceptions=True)
    assert [str(each) for each in told] == ["0", "1", "1"]
    with pytest.raises(ValueError, match="2"):
        await joined.get("a")


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    source = Source()
    joined = Joined(source.read)
    first, second, third = (asyncio.ensure_future(joined.get("a")) for _ in range(3))
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    assert await third == 0
    assert await joined.get("a") == 0
