"""How a message is priced, for whoever reckons without a database."""

from dataclasses import dataclass

FREE = frozenset({"free_customer_service", "free_entry_point"})  # the provider's words for what is not charged


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """How a delivered message counts. ``month``: the clinic's, as 2026-11; ``market``: the patient's country;
    ``category`` and ``type``: the provider's words, such as utility and regular."""

    tenant_id: str
    month: str
    clinic_id: str
    channel_id: str
    provider: str
    market: str
    category: str
    type: str

    @property
    def free(self) -> bool:
        """Whether the provider charges nothing for it."""
        return self.type in FREE
