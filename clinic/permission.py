"""Who may do what: one table of modules and roles; a tenant's own roles narrow or extend a row of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ACTIONS = {"r": "read", "c": "create", "u": "update", "d": "delete", "a": "approve", "e": "export"}

# A letter is an action of ACTIONS. `approve` is the word of somebody who answers for it: a seat beyond the capacity, a
# template sent to the provider, patients left without a slot. Owners and managers of one clinic have it there only.
TABLE = """
               owner   manager  doctor  receptionist  billing  nurse  platform_admin  support
tenant         ru      ru       r       r             r        r      rcu             r
clinics        rcud    rcu      r       r             r        r      -               -
channels       rcud    rcud     -       r             -        -      rc              r
doctors        rcud    rcud     r       r             r        r      -               -
services       rcud    rcud     r       r             r        r      -               -
schedules      rcuda   rcuda    rcu     r             -        r      -               -
exceptions     rcuda   rcuda    rcud    rcud          -        r      -               -
appointments   rcudae  rcudae   rcu     rcuda         r        rcu    -               -
queue          rcua    rcua     rcu     rcua          -        rcu    -               -
callbacks      rcuae   rcuae    r       rcu           -        r      -               -
conversations  rcue    rcue     -       rcu           -        -      -               -
templates      rcuda   rcuda    -       r             -        -      -               -
texts          rcuda   rcuda    -       r             -        -      -               -
notifications  ru      ru       r       ru            -        r      -               -
patients       rcudae  rcudae   rcu     rcu           r        rcu    -               -
users          rcud    rcud     -       -             -        -      rc              r
roles          rcud    rcud     r       r             r        r      r               r
audit          re      re       -       -             -        -      r               -
reports        re      re       r       r             re       -      -               -
keys           rcd     rcd      -       r             -        -      -               -
billing        rcudae  rcude    -       r             rcude    -      -               -
"""

# What is not of one clinic: to change it, the permission must hold in all of them.
WIDE = frozenset({"tenant", "channels", "users", "roles", "audit", "templates", "texts"})
EVERYWHERE = ""  # in place of a clinic's id


def _read_table(text: str) -> dict[str, frozenset[str]]:
    heading, *rows = (line.split() for line in text.strip().splitlines())
    return {
        role: frozenset(f"{row[0]}:{ACTIONS[letter]}" for row in rows for letter in row[column] if letter in ACTIONS)
        for column, role in enumerate(heading, 1)
    }


ROLES: Mapping[str, frozenset[str]] = _read_table(TABLE)
PERMISSIONS = frozenset().union(*ROLES.values())


@dataclass(frozen=True, slots=True)
class Membership:
    """A role held at one clinic, or, with no clinic, at all of the tenant's."""

    role: str
    clinic_id: str = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Grants:
    """All that somebody may do, by clinic."""

    by_clinic: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, memberships: Iterable[Membership], custom: Mapping[str, frozenset[str]]) -> "Grants":
        """``custom`` are the tenant's own roles; a role that there is no more grants nothing."""
        known = {**custom, **ROLES}  # nobody's own role redefines one of the table's
        granted: dict[str, frozenset[str]] = {}
        for held in memberships:
            allowed = granted.get(held.clinic_id, frozenset())
            granted[held.clinic_id] = allowed | known.get(held.role, frozenset())
        return cls(granted)

    @property
    def everywhere(self) -> frozenset[str]:
        """What holds in every clinic."""
        return self.by_clinic.get(EVERYWHERE, frozenset())

    def allows(self, permission: str, clinic_id: str = "") -> bool:
        """At that clinic; without one: anywhere, or, of what is not of one clinic and is to be changed, everywhere."""
        if permission in self.everywhere:
            return True
        if clinic_id:
            return permission in self.by_clinic.get(clinic_id, frozenset())
        module, _, action = permission.partition(":")
        if module in WIDE and action != "read":
            return False
        return any(permission in allowed for allowed in self.by_clinic.values())

    def clinics(self, permission: str) -> frozenset[str] | None:
        """The clinics in which it holds; None: in all."""
        if permission in self.everywhere:
            return None
        return frozenset(clinic for clinic, allowed in self.by_clinic.items() if permission in allowed)

    def all(self) -> frozenset[str]:
        """What holds anywhere."""
        return frozenset().union(*self.by_clinic.values())
