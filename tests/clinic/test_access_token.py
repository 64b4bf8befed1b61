"""An access token counts only as we made it, for its fifteen minutes, and for nothing but the API."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from clinic.access_token import AUDIENCE, ISSUER, LIFETIME, PURPOSE, TYPE, BadToken, Claims, issue, read
from clinic.permission import Membership
from clinic.secret_token import key_for

KEY = "the tests' own secret key, long enough"
NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
WHO = Claims("user", "tenant", "session", "Asha", (Membership("doctor", "a"), Membership("manager")), "doc", 3)
SIGNING = key_for(KEY, PURPOSE)


def made(payload: dict[str, Any] | None = None, typ: str = TYPE, key: bytes = SIGNING) -> str:
    """A token like ours but for what is given; a claim of None is left out."""
    ours = jwt.decode(issue(WHO, KEY, NOW), options={"verify_signature": False})
    claims = {name: value for name, value in (ours | (payload or {})).items() if value is not None}
    return jwt.encode(claims, key, "HS256", headers={"typ": typ})


def signed(token: str, algorithm: str) -> str:
    """The same claims, rightly signed by another algorithm, or by none."""
    signed = f"{encoded({'alg': algorithm, 'typ': TYPE})}.{token.split('.')[1]}"
    digest = {"HS384": "sha384", "HS512": "sha512"}.get(algorithm)
    return f"{signed}.{in_base64(hmac.digest(SIGNING, signed.encode(), digest)) if digest else ''}"


def in_base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def encoded(told: dict[str, Any]) -> str:
    return in_base64(json.dumps(told).encode())


def altered(token: str, **claims: Any) -> str:
    """Other claims under the same signature."""
    head, body, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "==")) | claims
    return f"{head}.{encoded(told)}.{signature}"


def test_it_says_who_and_where() -> None:
    assert read(issue(WHO, KEY, NOW), KEY, NOW + LIFETIME - timedelta(seconds=1)) == WHO
    assert read(made(), KEY, NOW) == WHO
    assert issue(WHO, KEY, NOW) != issue(WHO, KEY, NOW), "two of one second are two"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        "é.ü.ñ",
        "x" * 10_000,
        signed(made(), "none"),
        signed(made(), "HS384"),
        signed(made(), "HS512"),
        altered(made(), sub="somebody else"),
        altered(made(), roles=[{"role": "owner", "clinic": ""}]),
        made()[:-2],
        made(key=key_for("another key", PURPOSE)),
        made(key=key_for(KEY, "refresh tokens")),
        made({"aud": "another"}),
        made({"aud": None}),
        made({"iss": "somebody"}),
        made({"use": "refresh"}),
        made({"use": None}),
        made({"sub": None}),
        made({"sid": None}),
        made({"exp": None}),
        made({"iat": None}),
        made({"tenant": None}),
        made({"roles": None}),
        made({"roles": "owner"}),
        made({"roles": [{"role": "owner"}]}),
        made({"exp": "soon"}),
        made({"iat": int((NOW + timedelta(days=1)).timestamp())}),
        made(typ="JWT"),
        jwt.encode({"aud": AUDIENCE, "iss": ISSUER}, SIGNING, "HS256"),
    ],
)
def test_nothing_else_is_one(token: str) -> None:
    with pytest.raises(BadToken):
        read(token, KEY, NOW)


def test_it_ends() -> None:
    token = issue(WHO, KEY, NOW)
    with pytest.raises(BadToken, match="expired"):
        read(token, KEY, NOW + LIFETIME)


def test_a_signature_that_was_checked_before_says_nothing_of_the_time_and_of_another_key() -> None:
    token = issue(WHO, KEY, NOW)
    for _ in range(2):
        assert read(token, KEY, NOW) == WHO
        with pytest.raises(BadToken, match="expired"):
            read(token, KEY, NOW + LIFETIME)
        with pytest.raises(BadToken):
            read(token, KEY, NOW - 2 * LIFETIME)
        with pytest.raises(BadToken):
            read(token, "another key", NOW)
