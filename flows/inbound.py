"""One message of a patient, free of any provider's dialect."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of message it is. A provider's novelty is ``OTHER``: it is answered, never an error."""

    TEXT = "text"
    CHOICE = "choice"  # a tapped button, list row or template quick reply
    LOCATION = "location"
    CONTACTS = "contacts"
    MEDIA = "media"  # image, video, audio, voice, document, sticker
    FORM = "form"  # a completed WhatsApp Flow
    REACTION = "reaction"  # not answered
    EDIT = "edit"
    DELETION = "deletion"  # not answered
    ORDER = "order"
    SYSTEM = "system"  # number or user id changed; not answered
    OTHER = "other"
    # what staff do in the conversation: see ``flows.takeover``
    TAKE = "staff:take"
    SAY = "staff:say"
    TELL = "staff:tell"
    BACK = "staff:back"
    DECIDED = "staff:decided"  # on the patient's wish to be forgotten: see ``flows.steps.rights``


@dataclass(frozen=True, slots=True)
class Inbound:
    """``id`` is the provider's message id and makes every effect of the message idempotent; ``at`` is when the provider
    says that it was written (aware, UTC, whole seconds)."""

    id: str
    at: datetime
    kind: Kind
    text: str = ""  # what was typed, a caption, or the title of the tapped option
    choice: str = ""  # the id of the tapped option, as we sent it
    replies_to: str = ""  # the provider's id of the message of ours that it answers
    profile_name: str = ""
    latitude: float | None = None
    longitude: float | None = None
    phone: str = ""  # a shared contact's number
    own_phone: bool = False  # it is the sender's own, by WhatsApp's button that asked for it
    user_id: str = ""  # the sender's new one, where the provider tells of a change
    wa_id: str = ""  # the same for the number
    by: str = ""  # of the staff, where one of them did something
    hold: int = 0  # seconds for which they keep the conversation
    quiet: bool = False  # the bot returns without a word
    last: str = ""  # the last of several texts, where ``text`` is all of them
    rate: int = 0  # messages of the chat in the last minute, taps aside; 0: not counted

    @property
    def of_staff(self) -> bool:
        """Whether it comes from the clinic's own people."""
        return self.kind in STAFF

    @property
    def when(self) -> datetime | None:
        """The time, local to the clinic, that staff name in their text, if they do."""
        return datetime.fromisoformat(self.text) if self.text else None


def together(texts: Sequence[Inbound]) -> Inbound:
    """Texts that were written in a row as one message. It goes by the first one's id, so that it stays the same message
    however often it is read; what was written twice is read once."""
    *_, last = texts
    if len(texts) == 1:
        return last
    said = dict.fromkeys(each.text.strip() for each in texts)
    return replace(last, id=texts[0].id, text="\n".join(filter(None, said)), last=last.text.strip())


STAFF = frozenset({Kind.TAKE, Kind.SAY, Kind.TELL, Kind.BACK, Kind.DECIDED})
