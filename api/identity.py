"""Reading the access token: whoever shows a valid one is the member of staff that it names."""

from uuid import uuid4

from fastapi import Request

from api.house import House
from api.staff import NotSignedIn, Staff
from clinic import access_token, role
from clinic.permission import Grants

SCHEME = "bearer"


async def identify(house: House, request: Request) -> Staff | None:
    """None without a token. Raises ``NotSignedIn`` for one that is not valid (any more)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME:
        return None
    try:
        claims = access_token.read(token.strip(), house.secret_key, house.clock())
    except access_token.BadToken as error:
        raise NotSignedIn(str(error)) from None
    grants = Grants.of(claims.memberships, await role.custom_roles(claims.tenant_id))
    roles = tuple(sorted({held.role for held in claims.memberships}))
    return Staff(
        claims.user_id, claims.tenant_id, claims.session_id, claims.name, roles, grants, claims.doctor_id, claims.epoch,
        request_id=uuid4().hex,  # ours: a caller could send one correlation id with many requests
    )  # fmt: skip
