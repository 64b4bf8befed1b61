"""Whose hours somebody may change: a doctor who does not answer for the clinic changes no colleague's."""

from collections.abc import Iterable

from api.staff import NotAllowed, Staff


def check_own(staff: Staff, doctor_id: str, approve: str, clinic_id: str = "") -> None:
    """Raises ``NotAllowed``."""
    if staff.doctor_id and doctor_id != staff.doctor_id and not staff.may(approve, clinic_id):
        raise NotAllowed


def check_places(staff: Staff, permission: str, clinic_ids: Iterable[str]) -> None:
    """What touches several clinics needs the permission in each. Raises ``NotAllowed``."""
    if not all(staff.may(permission, clinic_id) for clinic_id in clinic_ids):
        raise NotAllowed
