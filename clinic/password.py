"""Passwords: Argon2id, a few at a time, away from the event loop; and which ones are refused."""

import asyncio
import re
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from clinic.errors import ClinicError
from clinic.known_passwords import KNOWN, RUNS

T = TypeVar("T")

SHORTEST, LONGEST = 12, 128  # characters
DISTINCT = 5  # different characters at least
OWN_WORD = 4  # letters from which on a word of the account counts
REST = 8  # characters that must be left beside the account's own words

# OWASP's password storage cheat sheet: Argon2id with 19 MiB, two rounds, one lane.
ARGON2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)

AT_ONCE = 2  # each takes a core for some 20 ms, and 19 MiB
WAITING = 40  # beyond these the rest is sent away: a flood of guesses must not make everybody wait


class Busy(ClinicError):
    """Too many people sign in at this moment: try again in a few seconds."""

    code, status, retry_after = "busy", 503, 2


class WeakPassword(ClinicError):
    """Choose another password: 12 to 128 characters, none of the well-known ones, not made of your own name."""

    code, status = "weak_password", 422


class Passwords:
    """Hashes and compares, ``AT_ONCE`` at a time and at most ``waiting`` more in line. Raises ``Busy`` beyond."""

    def __init__(self, argon2: PasswordHasher = ARGON2, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._argon2, self._room = argon2, at_once + waiting
        self._nobodys = argon2.hash("")  # what an account that does not exist is compared with, at the same cost
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="argon2")
        self.verified = 0  # comparisons made so far

    async def hash(self, password: str) -> str:
        """As it is stored."""
        return await self._run(lambda: self._argon2.hash(_normal(password)))

    async def verify(self, stored: str, password: str) -> bool:
        """Whether it is the one; without a ``stored`` hash it is not, at the same cost."""
        self.verified += 1
        return await self._run(lambda: _fits(self._argon2, stored or self._nobodys, password)) and bool(stored)

    def outdated(self, stored: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._argon2.check_needs_rehash(stored)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._room <= 0:
            raise Busy
        self._room -= 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        future.add_done_callback(self._leave)  # also where the asker has gone: the thread works on
        return await asyncio.shield(future)

    def _leave(self, _: object) -> None:
        self._room += 1


def _fits(argon2: PasswordHasher, stored: str, password: str) -> bool:
    try:
        return argon2.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> str:
    """However a keyboard composes its accents."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, own: Iterable[str] = ()) -> None:
    """Raises ``WeakPassword`` saying what to do; ``own`` are the account's address and names."""
    if said := complaint(_normal(password), own):
        raise WeakPassword(said)


def complaint(password: str, own: Iterable[str] = ()) -> str:
    """What is wrong with it; empty where nothing is."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters: a few words that only you would put together."
    plain = password.casefold()
    if len(set(plain)) < DISTINCT or plain in KNOWN or _plain_letters(plain) in KNOWN or _is_run(plain):
        return "This password is one of the first that anybody would try: choose another one."
    if len(_without(plain, own)) < REST:
        return "This password is made of your own name or address: choose another one."
    return ""


LOOKALIKES = str.maketrans("013457@$!", "oieastasi")


def _plain_letters(password: str) -> str:
    """Without digits and signs in the place of letters, or at the end."""
    return re.sub(r"[^a-z]+$", "", password).translate(LOOKALIKES)


def _is_run(password: str) -> bool:
    """Whether it is keys in a row, or one short piece again and again."""
    return any(password in run or password in run[::-1] for run in RUNS) or any(
        _repeats(password, password[:length]) for length in range(1, REST + 1)
    )


def _repeats(password: str, piece: str) -> bool:
    times = -(-len(password) // len(piece))
    return (piece * times)[: len(password)] == password


def _without(password: str, own: Iterable[str]) -> str:
    words = {word for text in own for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= OWN_WORD}
    for word in sorted(words, key=len, reverse=True):
        password = password.replace(word, "")
    return password
