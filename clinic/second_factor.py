"""A second factor: six digits from an authenticator app (TOTP, RFC 6238), each good once, and recovery codes."""

import secrets
from datetime import datetime

import pyotp

from clinic.errors import ClinicError
from clinic.seal import seal, unseal
from clinic.secret_token import mac
from clinic.user import SecondFactor, User, put

ISSUER = "OPDesk"
STEP = 30  # seconds for which a code is shown
DRIFT = (0, -1, 1)  # steps that a phone's clock may be off
RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for another
RECOVERY_LENGTH = 12


class WrongCode(ClinicError):
    """The code is wrong or was used already: wait for the app's next one."""

    code = "wrong_code"


class NotEnrolled(ClinicError):
    """There is no authenticator app to confirm or to disable: begin with POST /me/second-factor."""

    code = "not_enrolled"


class AlreadyEnrolled(ClinicError):
    """An authenticator app is in use already: disable it first."""

    code = "already_enrolled"


class Compulsory(ClinicError):
    """Your practice requires a second factor: it cannot be disabled."""

    code = "compulsory"


def new_secret() -> str:
    """What an app is given."""
    return pyotp.random_base32()


def uri(secret: str, email: str) -> str:
    """The secret as the QR code that apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code it is, if it is one of just now."""
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    plain = code.replace(" ", "")
    if not (plain.isascii() and plain.isdigit()):
        return None
    matching = [present + off for off in DRIFT if pyotp.utils.strings_equal(totp.at((present + off) * STEP), plain)]
    return matching[0] if matching else None


async def begin(user: User, secret: str, secret_key: str) -> None:
    """Store a secret that counts once it is confirmed. Raises ``AlreadyEnrolled``."""
    factor = SecondFactor(secret=seal(secret, secret_key))
    unconfirmed = {"second_factor.confirmed": {"$ne": True}}
    if not await put(user, unconfirmed, {"$set": {"second_factor": factor.model_dump()}}):
        raise AlreadyEnrolled


async def confirm(user: User, code: str, secret_key: str, now: datetime) -> list[str]:
    """The app shows what it should: from now on it is asked for. Answers fresh recovery codes.

    Raises ``NotEnrolled``, ``AlreadyEnrolled``, ``WrongCode``.
    """
    if user.second_factor is None:
        raise NotEnrolled
    if user.second_factor.confirmed:
        raise AlreadyEnrolled
    if (step := step_of(unseal(user.second_factor.secret, secret_key), code, now)) is None:
        raise WrongCode
    codes = new_codes()
    stored = {
        "second_factor.confirmed": True,
        "second_factor.last_step": step,
        "recovery_codes": [hashed_code(each, secret_key) for each in codes],
    }
    seen = {"second_factor.secret": user.second_factor.secret, "second_factor.confirmed": False}
    if not await put(user, seen, {"$set": stored}):
        raise WrongCode
    return codes


async def use(user: User, code: str, secret_key: str, now: datetime) -> None:
    """Accept a code of the app or a recovery code, which then is used up. Raises ``WrongCode``."""
    if not (await _use_app(user, code, secret_key, now) or await _use_recovery(user, code, secret_key)):
        raise WrongCode


async def _use_app(user: User, code: str, secret_key: str, now: datetime) -> bool:
    """The step is compared and set in one write: the same code twice, even at once, is good once."""
    factor = user.second_factor
    if factor is None or not factor.confirmed:
        return False
    step = step_of(unseal(factor.secret, secret_key), code, now)
    earlier = {"second_factor.secret": factor.secret, "second_factor.last_step": {"$lt": step or 0}}
    return step is not None and await put(user, earlier, {"$set": {"second_factor.last_step": step}})


async def _use_recovery(user: User, code: str, secret_key: str) -> bool:
    used = hashed_code(code, secret_key)
    return await put(user, {"recovery_codes": used}, {"$pull": {"recovery_codes": used}})


async def renew_codes(user: User, secret_key: str) -> list[str]:
    """Ten fresh recovery codes; the old ones are worth nothing any more. Raises ``NotEnrolled``."""
    codes = new_codes()
    hashes = [hashed_code(each, secret_key) for each in codes]
    if not await put(user, {"second_factor.confirmed": True}, {"$set": {"recovery_codes": hashes}}):
        raise NotEnrolled
    return codes


async def disable(user: User) -> None:
    """Sign in with the password alone from now on."""
    await put(user, {}, {"$unset": {"second_factor": 1}, "$set": {"recovery_codes": []}})


def new_codes() -> list[str]:
    """As they are shown, once: written in three groups."""
    return ["-".join(_letters(RECOVERY_LENGTH // 3) for _ in range(3)) for _ in range(RECOVERY_CODES)]


def _letters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def hashed_code(code: str, secret_key: str) -> str:
    """As it is stored: with a key that is not in the database, since a code is short enough to be found by trying."""
    return mac(secret_key, "recovery codes", "".join(code.casefold().split()).replace("-", ""))
