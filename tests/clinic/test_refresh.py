"""Refresh tokens: each good once, a lost answer forgiven, a stolen one found out, and an end to everything."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from staffroom import HERE, NOW, SECRET, Staffroom

from clinic import access_token
from clinic.errors import NotFound
from clinic.login_session import GRACE, IDLE, LoginSession, SignedOut, epoch_key, renew_epoch, revoked_key
from clinic.user import User

LATER = NOW + timedelta(minutes=15)
SECOND = timedelta(seconds=1)


async def test_each_is_exchanged_for_the_next(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    first = await staffroom.login(user)
    second = await staffroom.door.refresh(first.refresh_token, LATER)
    third = await staffroom.door.refresh(second.refresh_token, LATER + timedelta(minutes=15))
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert len({first.access_token, second.access_token, third.access_token}) == 3
    assert staffroom.claims(second, LATER).session_id == staffroom.claims(first).session_id


async def test_a_used_one_ends_its_family_and_no_other(staffroom: Staffroom, redis: "Redis") -> None:
    user = await staffroom.user()
    first, elsewhere = await staffroom.login(user), await staffroom.login(user)
    second = await staffroom.door.refresh(first.refresh_token, LATER)
    with pytest.raises(SignedOut):
        await staffroom.door.refresh(first.refresh_token, LATER + GRACE + SECOND)
    with pytest.raises(SignedOut):
        await staffroom.door.refresh(second.refresh_token, LATER + GRACE + SECOND)
    session_id = staffroom.claims(first).session_id
    assert await redis.exists(revoked_key(session_id)), "its access tokens are not believed either"
    assert 0 < await redis.ttl(revoked_key(session_id)) <= access_token.LIFETIME.total_seconds()
    await staffroom.door.refresh(elsewhere.refresh_token, LATER + GRACE + SECOND)


async def test_a_token_of_long_ago_ends_it_too(staffroom: Staffroom) -> None:
    first = await staffroom.login(await staffroom.user())
    second = await staffroom.door.refresh(first.refresh_token, LATER)
    third = await staffroom.door.refresh(second.refresh_token, LATER + SECOND)
    with pytest.raises(SignedOut):
        await staffroom.door.refresh(first.refresh_token, LATER + 2 * SECOND)
    with pytest.raises(SignedOut):
        await staffroom.door.refresh(third.refresh_token, LATER + 2 * SECOND)


async def test_a_lost_answer_is_forgiven_for_ten_seconds(staffroom: Staffroom) -> None:
    first = await staffroom.login(await staffroom.user())
    lost = await staffroom.door.refresh(first.refresh_token, LATER)
    again = await staffroom.door.refresh(first.refresh_token, LATER + GRACE)
    assert again.access_token != lost.access_token
    await staffroom.door.refresh(again.refresh_token, LATER + GRACE + SECOND)


async def test_two_at_once_are_one_family_and_no_alarm(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    first = await staffroom.login(user)
    for minutes in range(15, 90, 15):
        now = NOW + timedelta(minutes=minutes)
        pairs = await asyncio.gather(*(staffroom.door.refresh(first.refresh_token, now) for _ in range(6)))
        (session,) = await staffroom.door.sessions.of_user(user, now)
        assert {staffroom.claims(pair, now).session_id for pair in pairs} == {session.id}
        # whichever answer the client keeps goes on, also after the others' answers were used
        for pair in pairs:
            assert await staffroom.door.refresh(pair.refresh_token, now + SECOND)
        first = await staffroom.door.refresh(pairs[0].refresh_token, now + 2 * SECOND)
    (session,) = await staffroom.door.sessions.of_user(user, now)
    assert session.live


async def test_an_invented_token_harms_nobody(staffroom: Staffroom) -> None:
    first = await staffroom.login(await staffroom.user())
    session_id, secret, tag = first.refresh_token.split(".")
    for invented in (
        "",
        "x",
        "..",
        f"{session_id}.{secret}",
        f"{session_id}.{secret[:-1]}x.{tag}",
        f"x.{secret}.{tag}",
    ):
        with pytest.raises(SignedOut):
            await staffroom.door.refresh(invented, LATER)
    await staffroom.door.refresh(first.refresh_token, LATER)


async def test_it_expires_when_idle_and_whatever_one_does(staffroom: Staffroom) -> None:
    idle = await staffroom.login(await staffroom.user())
    with pytest.raises(SignedOut):
        await staffroom.door.refresh(idle.refresh_token, NOW + IDLE)
    busy = await staffroom.login(await staffroom.user())
    for day in range(6, 30, 6):
        busy = await staffroom.door.refresh(busy.refresh_token, NOW + timedelta(days=day))
    with pytest.raises(SignedOut):
        await staffroom.door.refresh(busy.refresh_token, NOW + timedelta(days=30))


async def test_sessions_are_listed_and_ended(staffroom: Staffroom, redis: "Redis") -> None:
    user, other = await staffroom.user(), await staffroom.user()
    sessions = staffroom.door.sessions
    here, there = await staffroom.login(user), await staffroom.login(user, NOW + SECOND)
    theirs = staffroom.claims(await staffroom.login(other)).session_id
    listed = await sessions.of_user(user, NOW + SECOND)
    assert [each.id for each in listed] == [staffroom.claims(each, NOW + SECOND).session_id for each in (there, here)]
    assert (listed[0].address, listed[0].device) == (HERE.address, HERE.device)
    with pytest.raises(NotFound):
        await sessions.end_one(user, theirs, "ended")
    await sessions.end_one(user, listed[0].id, "ended")
    with pytest.raises(SignedOut):
        await staffroom.door.refresh(there.refresh_token, LATER)
    with pytest.raises(NotFound):
        await sessions.end_one(user, listed[0].id, "ended")
    await sessions.end_all(user, "signed out everywhere")
    assert await sessions.of_user(user, LATER) == []
    assert len(await sessions.of_user(other, LATER)) == 1
    assert await redis.exists(revoked_key(listed[1].id))


async def test_a_suspended_user_is_let_go_at_the_next_exchange(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    first = await staffroom.login(user)
    await User.of(user.tenant_id).change({"_id": user.id}, {"$set": {"status": "suspended"}})
    with pytest.raises(SignedOut):
        await staffroom.door.refresh(first.refresh_token, LATER)
    assert await staffroom.door.sessions.of_user(user, LATER) == []


async def test_a_change_of_roles_begins_an_epoch_and_keeps_the_session(staffroom: Staffroom, redis: "Redis") -> None:
    user = await staffroom.user()
    first = await staffroom.login(user)
    epoch = await renew_epoch(redis, user)
    assert epoch == staffroom.claims(first).epoch + 1
    assert int(await redis.get(epoch_key(user.id))) == epoch
    assert staffroom.claims(await staffroom.door.refresh(first.refresh_token, NOW)).epoch == epoch


async def test_no_token_is_stored(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    first = await staffroom.login(user)
    second = await staffroom.door.refresh(first.refresh_token, LATER)
    (row,) = await LoginSession.of(user.tenant_id).rows({"user_id": user.id})
    for token in (first, second):
        for part in token.refresh_token.split(".")[1:]:
            assert part not in str(row)
    assert SECRET not in str(row)
