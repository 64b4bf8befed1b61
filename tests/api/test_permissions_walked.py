"""Every route demands what it declares, of every role, and shows nobody anything of another practice."""

import itertools
import re

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from office import Office

from api.routes import api_routes
from api.routing import DeskRoute, OpenRoute
from api.staff import May
from clinic.permission import PERMISSIONS, ROLES, TABLE, WIDE, Grants, Membership
from clinic.record import new_id

# What anybody may call without signing in, and what every member of staff may, whatever the roles: their own account.
OPEN = {
    "/auth/login", "/auth/second-factor", "/auth/refresh", "/auth/logout", "/auth/forgot", "/auth/reset",
    "/auth/accept-invitation", "/display/queue", "/display/events",
}  # fmt: skip
OWN = ("/me", "/events", "/auth/logout", "/auth/logout-everywhere")


def demanded(route: APIRoute) -> list[str]:
    """The permissions that a route declares."""

    def walk(dependant: Dependant) -> list[str]:
        own = [dependant.call.permission] if isinstance(dependant.call, May) else []
        return own + list(itertools.chain.from_iterable(map(walk, dependant.dependencies)))

    return walk(route.dependant)


def url(route: APIRoute, id: str) -> str:
    return re.sub(r"\{[^}]+\}", id, route.path)


def test_every_route_declares_who_may_call_it() -> None:
    routes = api_routes()
    assert routes
    for route in routes:
        assert isinstance(route, OpenRoute), f"{route.path} is not made by desk_router"
        if not isinstance(route, DeskRoute):
            assert route.path in OPEN, f"{route.path} is open to anybody"
            continue
        permissions = demanded(route)
        assert len(permissions) == 1, f"{route.path} {route.methods} declares {permissions}: one is needed"
        if permissions == [""]:
            assert route.path.startswith(OWN), f"{route.path} demands no permission"


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_a_role_passes_where_the_table_says_so_and_nowhere_else(office: Office, role: str) -> None:
    client = office.as_(role)
    for route in api_routes():
        (permission,) = demanded(route) or [""]
        if not isinstance(route, DeskRoute) or not permission:
            continue
        for method in route.methods - {"HEAD"}:
            if (method, route.path) in STREAMS:
                continue
            answer = await client.request(method, url(route, new_id()), json={})
            refused = answer.status_code == 403
            assert refused == (permission not in ROLES[role]), f"{role}: {method} {route.path}: {answer.text}"
            assert answer.status_code < 500, f"{method} {route.path}: {answer.text}"


STREAMS: set[tuple[str, str]] = set()


async def test_nobody_gets_in_without_a_token(office: Office) -> None:
    client = office.client()
    for route in api_routes():
        if isinstance(route, DeskRoute):
            for method in route.methods - {"HEAD"}:
                answer = await client.request(method, url(route, new_id()), json={})
                assert answer.status_code == 401, f"{method} {route.path}: {answer.status_code}"
                assert answer.headers["www-authenticate"] == "Bearer"


def test_the_table_names_what_it_should() -> None:
    rows = [line.split() for line in TABLE.strip().splitlines()]
    assert {len(row) for row in rows[1:]} == {len(rows[0]) + 1}
    assert {row[0] for row in rows[1:]} >= WIDE
    assert "patients:read" not in ROLES["platform_admin"] | ROLES["support"]
    assert ROLES["owner"] >= ROLES["manager"] - {"clinics:create"}


@pytest.mark.parametrize(
    ("permission", "clinic", "allowed"),
    [
        ("queue:update", "a", True),  # a doctor there
        ("queue:update", "b", True),  # and a manager here
        ("clinics:update", "a", False),
        ("clinics:update", "b", True),
        ("clinics:update", "c", False),
        ("clinics:update", "", True),  # somewhere
        ("templates:read", "", True),
        ("templates:update", "", False),  # of the whole practice: nothing for a manager of one clinic
        ("roles:update", "b", True),
    ],
)
def test_a_role_counts_at_its_clinic(permission: str, clinic: str, allowed: bool) -> None:
    grants = Grants.of([Membership("doctor", "a"), Membership("manager", "b")], {})
    assert grants.allows(permission, clinic) is allowed


def test_own_roles_extend_the_table_and_never_redefine_it() -> None:
    custom = {"night": frozenset({"queue:update"}), "owner": frozenset(), "gone": PERMISSIONS}
    assert Grants.of([Membership("night")], custom).everywhere == {"queue:update"}
    assert Grants.of([Membership("owner")], custom).everywhere == ROLES["owner"]
    assert Grants.of([Membership("unknown")], custom).everywhere == frozenset()
    assert Grants.of([Membership("doctor", "a")], {}).clinics("queue:update") == {"a"}
    assert Grants.of([Membership("doctor")], {}).clinics("queue:update") is None
