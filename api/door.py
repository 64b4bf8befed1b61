"""The door by which staff come in, as routes find it."""

from typing import Annotated

from fastapi import Depends, Request

from api.house import House, house_of
from api.limits import address_of
from api.staff import signed_in
from clinic.login_session import Where
from clinic.sign_in import SignIn
from clinic.user import User

DEVICE = 200  # characters


def door_of(house: House) -> SignIn:
    """The door of this house."""
    return SignIn(house.redis, house.secret_key, house.passwords)


async def _door(request: Request) -> SignIn:
    return door_of(house_of(request))


async def _where(request: Request) -> Where:
    """The address, and what the browser calls itself."""
    shown = "".join(each for each in request.headers.get("User-Agent", "") if each.isprintable())
    return Where(address_of(request), shown[:DEVICE])


async def _own_account(request: Request) -> User:
    """Whoever asks, as stored. Raises ``NotSignedIn``, ``NotFound``."""
    staff = signed_in(request)
    return await User.of(staff.tenant_id).get(staff.user_id)


Door = Annotated[SignIn, Depends(_door)]
Here = Annotated[Where, Depends(_where)]
Me = Annotated[User, Depends(_own_account)]
