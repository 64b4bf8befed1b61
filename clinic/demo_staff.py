"""The staff of the demo. Their password is public, and so is refused to everybody else."""

from datetime import datetime

from clinic.user import Held, User

PASSWORD = "demo-password"  # noqa: S105
# Of that password: hashed once and for all, so that a start does not wait for it.
HASH = "$argon2id$v=19$m=19456,t=2,p=1$G5T02G4ZcLhOXnsPFmxpnw$vlweCtFc4wcoNT3yS0I6oEPVypvONJLF4zfXRujhtLE"

# tenant, the address up to the @, name, role, which of the doctors
STAFF = (
    ("demo", "owner", "Asha Menon", "owner", ""),
    ("demo", "manager", "Vikram Desai", "manager", ""),
    ("demo", "reception", "Farah Khan", "receptionist", ""),
    ("demo", "doctor", "Dr Anil Sharma", "doctor", "demo-doctor-1"),
    ("other", "owner", "Helen Moore", "owner", ""),
)


def demo_staff(tenant_id: str, now: datetime) -> list[User]:
    """Who works in that practice."""
    return [
        User(
            id=f"{tenant}-user-{box}", tenant_id=tenant, email=f"{box}@{tenant}.opdesk.test", name=name,
            status="active", memberships=[Held(role=role)], doctor_id=doctor_id, password_hash=HASH, created_at=now,
        )
        for tenant, box, name, role, doctor_id in STAFF
        if tenant == tenant_id
    ]  # fmt: skip
