"""Signing in and out. Nothing here tells whether an account exists."""

from typing import Annotated

from fastapi import BackgroundTasks, Request, Response

from api.door import Door, Here
from api.house import House, InHouse, Now
from api.identity import identify
from api.limits import address_of
from api.post import send_soon, tell_of_change
from api.routing import OpenRoute, desk_router
from api.shapes.auth import (
    Acceptance,
    Credentials,
    Enrolment,
    Forgotten,
    NewPasswordByLink,
    PasswordSet,
    RefreshToken,
    SecondFactorAnswer,
    SecondFactorAsked,
    SigningOut,
    Tokens,
)
from api.staff import ANYBODY, NotSignedIn, Staff
from clinic import account, audit
from clinic.login_session import LoginSession, TokenReused
from clinic.sign_in import Challenge, SignedIn, SignIn
from clinic.user import User, folded

router = desk_router("/auth", "auth", OpenRoute)
own = desk_router("/auth", "auth")


@router.post("/login")
async def login(
    credentials: Credentials, request: Request, door: Door, here: Here, now: Now
) -> Tokens | SecondFactorAsked:
    """Sign in with e-mail address and password: tokens, or a challenge where a second factor is set up or required."""
    came = await door.login(credentials.email, credentials.password, here, now)
    if isinstance(came, Challenge):
        enrolment = Enrolment(secret=came.secret, uri=came.uri) if came.secret else None
        return SecondFactorAsked(challenge=came.token, methods=list(came.methods), enrolment=enrolment)
    return await _let_in(request, "login", came)


@router.post("/second-factor")
async def answer_second_factor(
    answer: SecondFactorAnswer, request: Request, door: Door, here: Here, now: Now
) -> Tokens:
    """Finish a sign-in with a code. Each code is good once."""
    return await _let_in(request, "answer_second_factor", await door.answer(answer.challenge, answer.code, here, now))


@router.post("/refresh")
async def refresh_tokens(shown: RefreshToken, request: Request, door: Door, now: Now) -> Tokens:
    """Exchange a refresh token for a fresh pair. Each is good once: one that was used before ends its session,
    unless it comes again within ten seconds because the answer was lost."""
    try:
        return _tokens(await door.refresh(shown.refresh_token, now))
    except TokenReused as reused:
        await _note(request, "refresh_token_reused", reused.session)
        raise


@router.post("/logout", status_code=204)
async def logout(leaving: SigningOut, request: Request, house: InHouse, door: Door) -> Response:
    """End this session, with all its tokens. Answers the same where it has ended already."""
    if session := await _session(leaving.refresh_token, request, house, door):
        await door.sessions.end([session], "signed out")
        await _note(request, "logout", session)
    return Response(status_code=204)


@own.post("/logout-everywhere", status_code=204)
async def logout_everywhere(staff: Annotated[Staff, ANYBODY], door: Door) -> Response:
    """End all your sessions, on all devices, this one included."""
    user = await User.of(staff.tenant_id).get(staff.user_id)
    await door.sessions.end_all(user, "signed out everywhere")
    staff.touched("users", user.id)
    return Response(status_code=204)


@router.post("/forgot", status_code=202)
async def forgot_password(
    forgotten: Forgotten, house: InHouse, door: Door, here: Here, now: Now, later: BackgroundTasks
) -> None:
    """Ask for a link to set a new password. The answer is the same whether or not there is such an account."""
    await door.throttle.attempt(now, mails=here.address, mail=folded(forgotten.email))
    later.add_task(_send_link, house, door, forgotten.email)  # after the answer: its time tells nothing either


@router.post("/reset")
async def reset_password(
    chosen: NewPasswordByLink, request: Request, house: InHouse, door: Door, now: Now
) -> PasswordSet:
    """Set a new password by a mailed link, once. All sessions end."""
    user = await account.set_password(door, "reset", chosen.token, chosen.password, now)
    await _note(request, "reset_password", user)
    await tell_of_change(house, user)
    return PasswordSet(email=user.email)


@router.post("/accept-invitation")
async def accept_invitation(chosen: Acceptance, request: Request, door: Door, now: Now) -> PasswordSet:
    """Set the first password by the link of an invitation, once."""
    user = await account.set_password(door, "invitation", chosen.token, chosen.password, now, chosen.name or "")
    await _note(request, "accept_invitation", user)
    return PasswordSet(email=user.email)


def _tokens(signed_in: SignedIn) -> Tokens:
    return Tokens(
        access_token=signed_in.access_token, refresh_token=signed_in.refresh_token, expires_in=signed_in.expires_in,
        recovery_codes=list(signed_in.recovery_codes),
    )  # fmt: skip


async def _let_in(request: Request, action: str, signed_in: SignedIn) -> Tokens:
    await _note(request, action, signed_in.session)
    return _tokens(signed_in)


async def _note(request: Request, action: str, about: LoginSession | User) -> None:
    """In the audit: who came or went, which no token told before."""
    user_id = about.user_id if isinstance(about, LoginSession) else about.id
    house: House = request.app.state.house
    entry = audit.Entry(
        at=house.clock(), actor=user_id, action=action, kind="users", entity_id=user_id, address=address_of(request),
        correlation_id=request.state.correlation_id,
    )  # fmt: skip
    await audit.append(about.tenant_id, [entry])


async def _session(token: str, request: Request, house: House, door: SignIn) -> LoginSession | None:
    """The open session that a refresh token, or else the access token, names."""
    if token:
        return await door.sessions.named_by(token)
    try:
        staff = await identify(house, request)
    except NotSignedIn:
        return None
    if staff is None:
        return None
    return await LoginSession.of(staff.tenant_id).find_one({"_id": staff.session_id, "live": True})


async def _send_link(house: House, door: SignIn, email: str) -> None:
    if house.mails:
        await send_soon(house, await account.forgot(door, email, house.clock()))
