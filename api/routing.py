"""What happens around every route: who asks, how often, once only, and a line in the audit."""

import hashlib
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from api import idempotency, limits, metrics
from api.house import house_of
from api.identity import identify
from api.limits import address_of
from api.paging import Page
from api.problems import refused
from api.shapes import Shape
from api.staff import Staff, Touched
from clinic import audit
from clinic.edited import Stale
from clinic.errors import ClinicError

PREFIX = "/api/v1"
PAGED = frozenset({"limit", "cursor"})
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class OpenRoute(APIRoute):
    """For anybody, signed in or not. Counted and limited by address."""

    for_staff: ClassVar[bool] = False

    def get_route_handler(self) -> Handler:
        return _around(self, super().get_route_handler())

    @cached_property
    def parameters(self) -> frozenset[str]:
        """All that may stand in the query."""
        return frozenset(_parameters(self.dependant))

    @cached_property
    def tolerated(self) -> frozenset[str]:
        """What changes nothing: some lists come whole, and who walks through every list may ask alike for them."""
        shape = self.response_model
        return PAGED if isinstance(shape, type) and issubclass(shape, Page) else frozenset()

    def refused(self, request: Request, error: ClinicError) -> Response:
        """A refusal; a stale edit also shows the present state, in the shape in which this route shows it."""
        shape = self.response_model
        if isinstance(error, Stale) and isinstance(shape, type) and issubclass(shape, Shape):
            return refused(request, error, current=shape.of(error.current))
        return refused(request, error)


def _parameters(dependant: Dependant) -> Iterator[str]:
    yield from (each.alias for each in dependant.query_params)
    for below in dependant.dependencies:
        yield from _parameters(below)


class DeskRoute(OpenRoute):
    """For staff: the access token says who asks."""

    for_staff = True


class DeskRouter(APIRouter):
    """Looks through its routes only for paths that begin like all of them: otherwise a request would be compared with
    each of the API's two hundred."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether one of the routes is meant."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        return super().matches(scope) if path.startswith(PREFIX + self.prefix) else (Match.NONE, {})


def desk_router(prefix: str, tag: str, route_class: type[OpenRoute] = DeskRoute) -> DeskRouter:
    """A router of the API. Operation ids are the functions' names; `OpenRoute` is for what needs no signing in."""
    return DeskRouter(prefix=prefix, tags=[tag], route_class=route_class, generate_unique_id_function=operation_id)


def operation_id(route: APIRoute) -> str:
    """The function's name."""
    return route.name


def _around(route: OpenRoute, handle: Handler) -> Handler:
    async def handler(request: Request) -> Response:
        began = time.perf_counter()
        request.state.staff = None
        try:
            answer = await _guarded(route, handle, request)
        except ClinicError as error:
            answer = route.refused(request, error)
        except Exception:
            metrics.REQUESTS.labels(route.name, "failed").inc()
            raise
        metrics.REQUESTS.labels(route.name, str(answer.status_code)).inc()
        metrics.SECONDS.labels(route.name).observe(time.perf_counter() - began)
        return answer

    return handler


async def _guarded(route: OpenRoute, handle: Handler, request: Request) -> Response:
    house = house_of(request)
    staff = request.state.staff = await identify(house, request) if route.for_staff else None
    await limits.check(house, request, staff)
    _check_parameters(request, route)
    if not (key := idempotency.key_of(request)):
        return await _audited(route, handle, request)
    who = f"{staff.tenant_id}:{staff.user_id}" if staff else address_of(request)
    if staff:
        staff.request_id = hashlib.sha256(f"{staff.user_id} {request.url.path} {key}".encode()).hexdigest()[:32]
    once = await idempotency.once(house, request, who, key)
    if earlier := await once.earlier():
        return earlier
    try:
        answer = await _answered(route, handle, request)
    except BaseException:
        await once.forget()
        raise
    await once.keep(answer)
    return answer


def _check_parameters(request: Request, route: OpenRoute) -> None:
    """A misspelt filter would be answered with what nobody asked for. Raises ``RequestValidationError``."""
    known = route.parameters
    if unknown := [name for name in request.query_params if name not in known and name not in route.tolerated]:
        said = f"Not a parameter here. There are: {', '.join(sorted(known)) or 'none'}"
        raise RequestValidationError([{"type": "extra", "loc": ("query", name), "msg": said} for name in unknown[:10]])


async def _answered(route: OpenRoute, handle: Handler, request: Request) -> Response:
    """A refusal of the domain is an answer, too: it is repeated as it was."""
    try:
        return await _audited(route, handle, request)
    except ClinicError as error:
        return route.refused(request, error)


async def _audited(route: OpenRoute, handle: Handler, request: Request) -> Response:
    """What was done is written down before anybody is told that it was done."""
    answer = await handle(request)
    staff: Staff | None = request.state.staff
    if staff and answer.status_code < 400:
        touched = staff.touches or _unnamed(route, request)
        if touched:
            await audit.append(staff.tenant_id, [_entry(route, request, staff, each) for each in touched])
    return answer


def _unnamed(route: OpenRoute, request: Request) -> list[Touched]:
    """A change that the route has not described itself."""
    if request.method == "GET":
        return []
    return [Touched(str(route.tags[0]) if route.tags else "", str(request.path_params.get("id", "")))]


def _entry(route: OpenRoute, request: Request, staff: Staff, touched: Touched) -> audit.Entry:
    return audit.Entry(
        at=house_of(request).clock(),
        actor=staff.user_id,
        action=route.name,
        kind=touched.kind,
        entity_id=touched.id,
        difference=difference(touched.was, touched.now),
        address=address_of(request),
        correlation_id=request.state.correlation_id,
    )


def difference(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Each field that differs, with its value before and after."""
    fields = sorted(was.keys() | now.keys())
    return {name: [was.get(name), now.get(name)] for name in fields if was.get(name) != now.get(name)}
