"""A clinic: one place where patients are seen."""

from pymongo import IndexModel

from clinic.record import TenantRecord
from clinic.views import ClinicView


class Clinic(TenantRecord):
    """One place of a tenant, with the rules for booking there."""

    name: str
    address: str
    zone: str  # IANA
    currency: str  # ISO 4217
    map_url: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    asks_birth_date: bool = False
    notice_minutes: int = 60  # a visit starts at least this long after it is booked
    horizon_days: int = 30
    position: int = 0  # in lists

    class Settings:
        name = "clinics"
        indexes = [IndexModel([("tenant_id", 1), ("position", 1)])]

    def view(self) -> ClinicView:
        """What the chat may know."""
        return ClinicView(
            self.id, self.name, self.address, self.zone, self.currency, self.map_url, self.phone,
            self.latitude, self.longitude, self.asks_birth_date,
        )  # fmt: skip
