"""The access token: a signed note of fifteen minutes that says who its bearer is and which roles they hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from jwt.types import Options

from clinic.errors import ClinicError
from clinic.permission import Membership
from clinic.secret_token import fresh, key_for

LIFETIME = timedelta(minutes=15)
ALGORITHM = "HS256"
ISSUER, AUDIENCE = "opdesk", "opdesk-api"
TYPE = "at+jwt"  # RFC 9068
USE = "access"
PURPOSE = "access tokens"
CLAIMS = ["iss", "aud", "sub", "tenant", "sid", "iat", "exp", "use"]
LONGEST = 8000  # characters; a real one is far below
REMEMBERED = 2000  # tokens whose signature was checked

# Times are compared with the caller's clock, below.
OURS: Options = {"require": CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False}


class BadToken(ClinicError):
    """The access token is not valid: sign in again."""

    code, status = "bad_token", 401


@dataclass(frozen=True, slots=True)
class Claims:
    """``epoch`` is the user's when the token was made: a change of roles begins another."""

    user_id: str
    tenant_id: str
    session_id: str
    name: str
    memberships: tuple[Membership, ...]
    doctor_id: str = ""
    epoch: int = 1


def issue(claims: Claims, secret_key: str, now: datetime) -> str:
    """The token, good for ``LIFETIME``."""
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "use": USE,
        "sub": claims.user_id,
        "tenant": claims.tenant_id,
        "sid": claims.session_id,
        "name": claims.name,
        "doctor": claims.doctor_id,
        "roles": [{"role": held.role, "clinic": held.clinic_id} for held in claims.memberships],
        "epoch": claims.epoch,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": fresh(),
    }
    return jwt.encode(payload, key_for(secret_key, PURPOSE), ALGORITHM, headers={"typ": TYPE})


def read(token: str, secret_key: str, now: datetime) -> Claims:
    """Who shows it. Raises ``BadToken``."""
    try:
        signed = _signed(token, secret_key)
    except (jwt.InvalidTokenError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadToken from None
    if not signed.begins <= now.timestamp() < signed.ends:
        raise BadToken("The access token has expired: refresh it.")
    return signed.claims


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a token says, in seconds since 1970."""

    claims: Claims
    begins: float
    ends: float


@lru_cache(maxsize=REMEMBERED)
def _signed(token: str, secret_key: str) -> _Signed:
    """What was signed stays signed: it is reckoned once for each token. Whether it still counts is not kept."""
    payload = _opened(token, secret_key)
    held = tuple(Membership(str(each["role"]), str(each["clinic"])) for each in payload["roles"])
    claims = Claims(
        payload["sub"], payload["tenant"], payload["sid"], payload["name"], held, payload["doctor"], payload["epoch"]
    )
    return _Signed(claims, payload["iat"] - LIFETIME.total_seconds(), payload["exp"] + 0)


def _opened(token: str, secret_key: str) -> Mapping[str, Any]:
    if len(token) > LONGEST:
        raise BadToken
    found = jwt.decode_complete(
        token, key_for(secret_key, PURPOSE), [ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=OURS
    )
    if found["header"].get("typ") != TYPE or found["payload"]["use"] != USE:
        raise BadToken
    payload: Mapping[str, Any] = found["payload"]
    return payload
