"""A row of Twilio's list of messages, in the words of a webhook."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A message in the words of a webhook. ``at`` is when Twilio first tried to bring it, or sent it (aware, UTC)."""

    sid: str
    at: datetime
    fields: dict[str, str]

    @property
    def files(self) -> bool:
        """Whether something came with it, which ``TwilioLog.files`` names."""
        return self.fields["NumMedia"] not in ("", "0")
