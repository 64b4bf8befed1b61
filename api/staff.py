"""Who is asking: the member of staff behind a request, what they may do, and what they touch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import Depends, Request

from clinic.booking import Asker
from clinic.directory import Directory, directory_of
from clinic.errors import ClinicError, NotFound
from clinic.permission import PERMISSIONS, Grants


class NotSignedIn(ClinicError):
    """Sign in first: send the access token of POST /api/v1/auth/login as `Authorization: Bearer ...`."""

    code, status = "not_signed_in", 401


class NotAllowed(ClinicError):
    """Your roles do not include this: ask an owner or a manager."""

    code, status = "not_allowed", 403


@dataclass(frozen=True, slots=True)
class Touched:
    """A record that this request read or changed, for the audit."""

    kind: str
    id: str
    was: Mapping[str, Any] = field(default_factory=dict)
    now: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Staff:
    """One member of staff, for one request."""

    user_id: str
    tenant_id: str
    session_id: str
    name: str
    roles: tuple[str, ...]
    grants: Grants
    doctor_id: str = ""  # where the user is a doctor
    epoch: int = 1  # of the roles in the token: a change of them begins another
    request_id: str = ""  # of this request: the same for a repetition under one Idempotency-Key
    touches: list[Touched] = field(default_factory=list)

    @property
    def actor(self) -> str:
        """As histories name them."""
        return f"staff:{self.user_id}"

    @property
    def asker(self) -> Asker:
        """As the domain knows who wants something."""
        return Asker(self.request_id, self.actor, "api", staff=True)

    async def directory(self) -> Directory:
        """The practice's own facts."""
        return await directory_of(self.tenant_id)

    def may(self, permission: str, clinic_id: str = "") -> bool:
        """At that clinic, or, without one, anywhere."""
        return self.grants.allows(permission, clinic_id)

    def require(self, permission: str, clinic_id: str = "") -> None:
        """Raises ``NotFound``: what one may not see does not exist."""
        if not self.may(permission, clinic_id):
            raise NotFound

    def clinics(self, permission: str) -> frozenset[str] | None:
        """The clinics in which it holds; None: in all."""
        return self.grants.clinics(permission)

    def scope(self, permission: str, field: str = "clinic_id") -> dict[str, Any]:
        """The part of a query that leaves out other clinics."""
        clinics = self.clinics(permission)
        return {} if clinics is None else {field: {"$in": sorted(clinics)}}

    def touched(
        self, kind: str, id: str, was: Mapping[str, Any] | None = None, now: Mapping[str, Any] | None = None
    ) -> None:
        """Note for the audit: a change, or, without values, that a patient's data was read."""
        self.touches.append(Touched(kind, id, was or {}, now or {}))


def signed_in(request: Request) -> Staff:
    """Whoever sent this request. Raises ``NotSignedIn``."""
    staff: Staff | None = request.state.staff
    if staff is None:
        raise NotSignedIn
    return staff


@dataclass(frozen=True)
class May:
    """The dependency that lets a request pass, and by which a test knows what each route demands.

    Like all dependencies here it is a coroutine although it waits for nothing: any other function would be called in a
    thread, which costs more than all that it does.
    """

    permission: str

    def __post_init__(self) -> None:
        if self.permission and self.permission not in PERMISSIONS:
            raise ValueError(f"{self.permission} is in no role of clinic/permission.py")

    async def __call__(self, request: Request) -> Staff:
        staff = signed_in(request)
        if self.permission and not staff.may(self.permission):
            raise NotAllowed
        return staff


def may(permission: str) -> Any:
    """For a route's signature: ``staff: Annotated[Staff, may("queue:update")]``."""
    return Depends(May(permission))


ANYBODY = Depends(May(""))  # signed in, whatever the roles: one's own account


Clock = Callable[[], datetime]
