"""Which passwords are refused, how they are stored, and that a flood of them is sent away."""

import asyncio

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from clinic.password import ARGON2, Busy, Passwords, WeakPassword, check, complaint

OWN = ("asha.example@clinic.test", "Asha Example", "Sunrise Practice")


@pytest.mark.parametrize(
    ("password", "refused"),
    [
        ("nine purple walruses", ""),
        ("korrektes Pferd Batterie", ""),
        ("यह मेरा अपना पासवर्ड", ""),
        ("x7#kP2!mQ9$z", ""),
        ("short", "12 to 128"),
        ("elevenchars", "12 to 128"),
        ("x7#kP2!mQ9$z" * 11, "12 to 128"),
        ("password12345", "first"),
        ("P@ssw0rd2026!", "first"),
        ("Welcome123456", "first"),
        ("demo-password", "first"),
        ("123456789012", "first"),
        ("210987654321", "first"),
        ("qwertyuiopas", "first"),
        ("1qaz2wsx3edc", "first"),
        ("abcabcabcabcabc", "first"),
        ("aaaaaaaaaaaaaaa", "first"),
        ("passwordpassword", "first"),
        ("asha.example12", "own name"),
        ("ExampleSunrise1", "own name"),
        ("Example walrus purple", ""),
    ],
)
def test_what_is_refused(password: str, refused: str) -> None:
    said = complaint(password, OWN)
    assert refused in said
    assert bool(said) == bool(refused)


def test_a_refusal_says_what_to_do() -> None:
    with pytest.raises(WeakPassword, match="choose another"):
        check("demo-password")


async def test_it_is_stored_as_owasp_says() -> None:
    passwords = Passwords()
    stored = await passwords.hash("nine purple walruses")
    used = extract_parameters(stored)
    assert (used.type, used.memory_cost, used.time_cost, used.parallelism) == (Type.ID, 19456, 2, 1)
    assert await passwords.verify(stored, "nine purple walruses")
    assert not await passwords.verify(stored, "nine purple walruse")
    assert not await passwords.verify("", "")
    assert not await passwords.verify("not a hash", "nine purple walruses")
    assert not passwords.outdated(stored)
    assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=64).hash("x"))


async def test_accents_may_be_composed_either_way() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=64))
    assert await passwords.verify(await passwords.hash("caf\u00e9 noir et chaud"), "cafe\u0301 noir et chaud")


async def test_a_flood_is_sent_away_and_the_rest_is_served() -> None:
    passwords = Passwords(ARGON2, at_once=1, waiting=2)
    outcome = await asyncio.gather(*(passwords.verify("", "x") for _ in range(8)), return_exceptions=True)
    assert [type(each) for each in outcome].count(Busy) == 5
    assert [each for each in outcome if each is False] == [False] * 3
    assert await passwords.verify("", "x") is False, "there is room again"


async def test_who_gives_up_leaves_no_room_taken() -> None:
    passwords = Passwords(ARGON2, at_once=1, waiting=0)
    asked = asyncio.ensure_future(passwords.verify("", "x"))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await passwords.verify("", "x")  # its thread works on
    while True:
        try:
            assert await passwords.verify("", "x") is False
            break
        except Busy:
            await asyncio.sleep(0.01)
