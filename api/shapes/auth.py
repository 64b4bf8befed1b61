"""Signing in: what is sent and answered."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.shapes import Change, Name, Text

Email = Annotated[
    Text, StringConstraints(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}$"),
    Field(examples=["owner@demo.opdesk.test"]),
]  # fmt: skip
Password = Annotated[str, Field(max_length=256, repr=False, examples=["nine purple walruses"])]
NewPassword = Annotated[
    str,
    Field(
        max_length=256, repr=False, examples=["nine purple walruses"],
        description="12 to 128 characters, none of the well-known ones, not made of your own name.",
    ),
]  # fmt: skip
Code = Annotated[
    str,
    Field(min_length=1, max_length=40, examples=["492039"], description="Of the app, or a recovery code."),
]
Secret = Annotated[str, Field(max_length=1000, repr=False)]


class Credentials(Change):
    """E-mail address and password."""

    email: Annotated[str, Field(max_length=254, examples=["owner@demo.opdesk.test"])]
    password: Password


class Tokens(BaseModel):
    """Send the access token as `Authorization: Bearer ...`; exchange the refresh token before it expires, once."""

    access_token: str = Field(repr=False, examples=["eyJhbGciOi..."])
    refresh_token: str = Field(repr=False, examples=["67a1b2c3d4e5f60718293a4b.kq..."])
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int = Field(900, examples=[900], description="Seconds for which the access token is good.")
    recovery_codes: list[str] = Field(
        default_factory=list, description="Shown once, where a second factor was enrolled on the way in: keep them."
    )


class Enrolment(BaseModel):
    """For a new authenticator app: show `uri` as a QR code, or let the secret be typed."""

    secret: str = Field(repr=False, examples=["JBSWY3DPEHPK3PXP"])
    uri: str = Field(repr=False, examples=["otpauth://totp/OPDesk:owner%40demo.opdesk.test?secret=..."])


class SecondFactorAsked(BaseModel):
    """The password was right; send the challenge with a code to `POST /auth/second-factor` within five minutes."""

    challenge: str = Field(repr=False, examples=["w3Jr..."])
    methods: list[Literal["totp", "recovery_code", "enrol"]] = Field(examples=[["totp", "recovery_code"]])
    enrolment: Enrolment | None = Field(
        None, description="Where the practice requires a second factor and there is none."
    )


class SecondFactorAnswer(Change):
    """The challenge, and a code."""

    challenge: Secret
    code: Code


class RefreshToken(Change):
    """The refresh token that came with the last answer."""

    refresh_token: Secret


class SigningOut(Change):
    """Which session ends: that of the refresh token, else that of the access token."""

    refresh_token: Secret = ""


class Forgotten(Change):
    """Whose password."""

    email: Email


class NewPasswordByLink(Change):
    """The token stands in the link behind the `#`."""

    token: Secret
    password: NewPassword


class Acceptance(NewPasswordByLink):
    """An invited person may correct their name."""

    name: Name | None = None


class PasswordSet(BaseModel):
    """Sign in now, with this address."""

    email: str = Field(examples=["reception@demo.opdesk.test"])
