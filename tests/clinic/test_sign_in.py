"""Signing in with a password and a second factor; what is refused tells nobody whether an account exists."""

import asyncio
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from redis.asyncio import Redis
from staffroom import HERE, NOW, PASSWORD, QUICK, SECRET, Staffroom, code, open_staffroom

from clinic import account, second_factor
from clinic.challenge import BadChallenge
from clinic.login_session import Where
from clinic.password import Passwords
from clinic.second_factor import AlreadyEnrolled, NotEnrolled, WrongCode
from clinic.sign_in import Challenge, CodeRefused, SignedIn, SignIn, WrongCredentials
from clinic.throttle import RULES, TooManyTries
from clinic.user import User, put

STEP = timedelta(seconds=30)


async def enrolled(staffroom: Staffroom) -> tuple[User, str, list[str]]:
    """Somebody with an authenticator app, its secret, and the recovery codes."""
    user, secret = await staffroom.user(), second_factor.new_secret()
    await second_factor.begin(user, secret, SECRET)
    codes = await second_factor.confirm(
        await staffroom.again(user), code(secret, NOW - 2 * STEP), SECRET, NOW - 2 * STEP
    )
    return await staffroom.again(user), secret, codes


async def challenge(staffroom: Staffroom, user: User) -> Challenge:
    asked = await staffroom.door.login(user.email, PASSWORD, HERE, NOW)
    assert isinstance(asked, Challenge)
    return asked


async def test_a_password_lets_in(staffroom: Staffroom) -> None:
    user = await staffroom.user("doctor", "a", doctor_id="doc")
    claims = staffroom.claims(await staffroom.login(user))
    assert (claims.user_id, claims.tenant_id, claims.doctor_id) == (user.id, user.tenant_id, "doc")
    assert claims.memberships == user.held
    assert (await staffroom.again(user)).last_sign_in_at == NOW
    shouted = user.model_copy(update={"email": f"  {user.email.upper()} "})
    assert (await staffroom.login(shouted)).access_token


@pytest.mark.parametrize("which", ["unknown", "wrong", "suspended", "invited", "empty"])
async def test_every_refusal_is_the_same_and_costs_the_same(staffroom: Staffroom, which: str) -> None:
    user = await staffroom.user(status={"suspended": "suspended", "invited": "invited"}.get(which, "active"))
    if which == "invited":
        await put(user, {}, {"$set": {"password_hash": ""}})
    email = "nobody@nowhere.test" if which == "unknown" else user.email
    before = staffroom.door.passwords.verified
    with pytest.raises(WrongCredentials) as refused:
        await staffroom.door.login(email, {"wrong": "x" * 12, "empty": ""}.get(which, PASSWORD), HERE, NOW)
    assert staffroom.door.passwords.verified == before + 1
    assert str(refused.value) == str(WrongCredentials())


async def test_an_unknown_account_is_really_compared_with_something(redis: "Redis", database: object) -> None:
    worked = []

    class Watched(PasswordHasher):
        def verify(self, stored: str | bytes, password: str | bytes) -> bool:
            worked.append(stored)
            return super().verify(stored, password)

    watched = Watched(time_cost=1, memory_cost=64, parallelism=1)
    door = SignIn(redis, SECRET, Passwords(watched))
    with pytest.raises(WrongCredentials):
        await door.login("nobody@nowhere.test", PASSWORD, HERE, NOW)
    assert len(worked) == 1
    assert not watched.check_needs_rehash(str(worked[0])), "with the parameters of a real one"


@pytest.mark.parametrize("known", [True, False])
async def test_guessing_locks_an_account_longer_and_longer(staffroom: Staffroom, known: bool) -> None:
    email = (await staffroom.user()).email if known else "nobody@nowhere.test"
    waits, now = [], NOW
    for number in range(RULES["account"].free + 3):
        with pytest.raises(WrongCredentials):
            await staffroom.door.login(email, "a wrong password", Where(f"192.0.2.{number}"), now)
        wait = 0
        if number >= RULES["account"].free - 1:
            with pytest.raises(TooManyTries) as then:
                await staffroom.door.login(email, PASSWORD, Where("198.51.100.1"), now)
            wait = then.value.retry_after
        waits.append(wait)
        now += timedelta(seconds=wait)
    assert waits == [0, 0, 0, 0, 15, 30, 60, 120]


async def test_a_right_password_after_the_lock_begins_anew(staffroom: Staffroom) -> None:
    user, free = await staffroom.user(), RULES["account"].free
    for _ in range(free):
        with pytest.raises(WrongCredentials):
            await staffroom.login(user, password="a wrong password")
    with pytest.raises(TooManyTries) as locked:
        await staffroom.login(user)
    assert locked.value.retry_after == RULES["account"].first
    await staffroom.login(user, NOW + timedelta(seconds=15))
    for _ in range(free):
        with pytest.raises(WrongCredentials):
            await staffroom.login(user, NOW + timedelta(seconds=15), "a wrong password")


async def test_many_guesses_at_once_are_counted_too(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    tries = (staffroom.login(user, password="a wrong password") for _ in range(30))
    outcome = [type(each) for each in await asyncio.gather(*tries, return_exceptions=True)]
    assert outcome.count(WrongCredentials) == RULES["account"].free
    assert outcome.count(TooManyTries) == 30 - RULES["account"].free


async def test_an_address_is_locked_whomever_it_tries(staffroom: Staffroom) -> None:
    for number in range(RULES["address"].free):
        with pytest.raises(WrongCredentials):
            await staffroom.door.login(f"{number}@nowhere.test", "x", HERE, NOW)
    user = await staffroom.user()
    with pytest.raises(TooManyTries):
        await staffroom.login(user)
    assert await staffroom.door.login(user.email, PASSWORD, Where("198.51.100.1"), NOW)


async def test_those_who_get_in_do_not_lock_their_clinic_out(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    for _ in range(RULES["address"].free + 5):
        await staffroom.login(user)


async def test_a_hash_of_old_parameters_is_renewed(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    old = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1).hash(PASSWORD)
    await put(user, {}, {"$set": {"password_hash": old}})
    await staffroom.login(user)
    stored = (await staffroom.again(user)).password_hash
    assert stored != old
    assert not QUICK.check_needs_rehash(stored)
    await staffroom.login(user)


async def test_an_app_is_asked_for_and_its_code_is_good_once(staffroom: Staffroom) -> None:
    user, secret, _ = await enrolled(staffroom)
    asked = await challenge(staffroom, user)
    assert (asked.methods, asked.secret) == (("totp", "recovery_code"), "")
    with pytest.raises(CodeRefused):
        await staffroom.door.answer(asked.token, "000000", HERE, NOW)
    signed_in = await staffroom.door.answer(asked.token, code(secret, NOW), HERE, NOW)
    assert staffroom.claims(signed_in).user_id == user.id
    with pytest.raises(BadChallenge):
        await staffroom.door.answer(asked.token, code(secret, NOW, 1), HERE, NOW)
    again = await challenge(staffroom, user)
    for off in (0, -1):
        with pytest.raises(CodeRefused):
            await staffroom.door.answer(again.token, code(secret, NOW, off), HERE, NOW)
    assert await staffroom.door.answer(again.token, code(secret, NOW, 1), HERE, NOW)


async def test_one_code_shown_twice_at_once_lets_in_once(staffroom: Staffroom) -> None:
    user, secret, _ = await enrolled(staffroom)
    asked = [await challenge(staffroom, user) for _ in range(4)]
    tries = (staffroom.door.answer(each.token, code(secret, NOW), HERE, NOW) for each in asked)
    outcome = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcome) == ["CodeRefused"] * 3 + ["SignedIn"]


async def test_a_recovery_code_is_good_once(staffroom: Staffroom) -> None:
    user, _, codes = await enrolled(staffroom)
    assert len(set(codes)) == 10
    stored = (await staffroom.again(user)).recovery_codes
    assert not set(codes) & set(stored)
    one, other = await challenge(staffroom, user), await challenge(staffroom, user)
    assert await staffroom.door.answer(one.token, codes[3].upper().replace("-", " "), HERE, NOW)
    with pytest.raises(CodeRefused):
        await staffroom.door.answer(other.token, codes[3], HERE, NOW)
    fresh = await second_factor.renew_codes(user, SECRET)
    with pytest.raises(CodeRefused):
        await staffroom.door.answer(other.token, codes[4], HERE, NOW)
    assert await staffroom.door.answer(other.token, fresh[4], HERE, NOW)


async def test_codes_are_not_guessed(staffroom: Staffroom) -> None:
    user, secret, _ = await enrolled(staffroom)
    asked = await challenge(staffroom, user)
    for _ in range(RULES["second_factor"].free):
        with pytest.raises(CodeRefused):
            await staffroom.door.answer(asked.token, "000000", HERE, NOW)
    with pytest.raises(TooManyTries):
        await staffroom.door.answer(asked.token, code(secret, NOW), HERE, NOW)


async def test_where_it_is_compulsory_signing_in_leads_to_enrolment(database: object, redis: "Redis") -> None:
    staffroom = await open_staffroom(redis, requires_second_factor=True)
    user = await staffroom.user()
    asked = await challenge(staffroom, user)
    assert asked.methods == ("enrol",)
    assert asked.uri.startswith("otpauth://totp/OPDesk:")
    with pytest.raises(CodeRefused):
        await staffroom.door.answer(asked.token, "000000", HERE, NOW)
    signed_in = await staffroom.door.answer(asked.token, code(asked.secret, NOW), HERE, NOW)
    assert len(signed_in.recovery_codes) == 10
    assert (await challenge(staffroom, user)).methods == ("totp", "recovery_code")
    assert asked.secret not in str(await User.of(user.tenant_id).rows({"_id": user.id}))


async def test_a_challenge_dies_with_what_it_stood_on(staffroom: Staffroom) -> None:
    user, secret, _ = await enrolled(staffroom)
    asked = await challenge(staffroom, user)
    await account.keep_out(staffroom.door, user, "password set")
    with pytest.raises(BadChallenge):
        await staffroom.door.answer(asked.token, code(secret, NOW), HERE, NOW)
    with pytest.raises(BadChallenge):
        await staffroom.door.answer("invented", code(secret, NOW), HERE, NOW)


async def test_enrolment_has_its_order(staffroom: Staffroom) -> None:
    user = await staffroom.user()
    with pytest.raises(NotEnrolled):
        await second_factor.confirm(user, "000000", SECRET, NOW)
    with pytest.raises(NotEnrolled):
        await second_factor.renew_codes(user, SECRET)
    await second_factor.begin(user, second_factor.new_secret(), SECRET)
    with pytest.raises(WrongCode):
        await second_factor.confirm(await staffroom.again(user), "000000", SECRET, NOW)
    assert isinstance(await staffroom.door.login(user.email, PASSWORD, HERE, NOW), SignedIn), "unconfirmed: not asked"
    user, _, _ = await enrolled(staffroom)
    with pytest.raises(AlreadyEnrolled):
        await second_factor.begin(user, second_factor.new_secret(), SECRET)
    with pytest.raises(AlreadyEnrolled):
        await second_factor.confirm(user, "000000", SECRET, NOW)
    await second_factor.disable(user)
    assert isinstance(await staffroom.door.login(user.email, PASSWORD, HERE, NOW), SignedIn)


@pytest.mark.parametrize(
    ("off", "good"), [(-3, False), (-2, False), (-1, True), (0, True), (1, True), (2, False), (3, False)]
)
def test_a_phones_clock_may_be_a_little_off(off: int, good: bool) -> None:
    secret = second_factor.new_secret()
    assert (second_factor.step_of(secret, code(secret, NOW, off), NOW) is not None) is good


@pytest.mark.parametrize("typed", ["", "abcdef", "１２３４５６", "12345", "-12345", "0x1234", "\x00"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert second_factor.step_of(second_factor.new_secret(), typed, NOW) is None
