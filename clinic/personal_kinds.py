"""Every kind of document: what of a person is in it, and what happens to that when the person is to be forgotten.

One table, read by the patient's own copy of their data, by the erasure and by its tests: a kind that has no row here
fails them. What is kept is kept for the reason that stands beside it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from clinic.appointment import Appointment, new_link_key, new_reference
from clinic.audit import AuditEntry
from clinic.booking_form import BookingForm
from clinic.callback import Callback
from clinic.channel import Channel
from clinic.chat import Chat
from clinic.conversation import Conversation
from clinic.cost import MessageCount
from clinic.data_link import DataLink
from clinic.display_key import DisplayKey
from clinic.doctor import Doctor
from clinic.doctor_delay import DoctorDelay
from clinic.erasure import Erasure, Scope
from clinic.exception import ScheduleException
from clinic.feedback import Feedback
from clinic.leave import Leave
from clinic.leave_visit import LeaveVisit
from clinic.login_session import LoginSession
from clinic.mail import Mail
from clinic.media import Media
from clinic.merge import PatientMerge
from clinic.message import Message
from clinic.name_word import NameWord
from clinic.notification import Notification
from clinic.number_state import NumberState
from clinic.one_time_code import OneTimeCode
from clinic.patient import Patient
from clinic.patient_import import ImportPart, PatientImport
from clinic.place import Clinic
from clinic.possible_duplicate import PossibleDuplicate
from clinic.provider_event import ProviderEvent
from clinic.quarantine import Quarantine
from clinic.queue_entry import QueueEntry
from clinic.queue_stamp import QueueStamp
from clinic.record import Record
from clinic.role import Role
from clinic.schedule import Schedule
from clinic.service import Service
from clinic.slot_offer import SlotOffer
from clinic.sms_sender import SmsSender
from clinic.template import Template
from clinic.template_version import TemplateVersion
from clinic.tenant import Tenant
from clinic.text_override import TextOverride
from clinic.trial import Trial, TrialPhone
from clinic.user import User
from clinic.waitlist import Wait

Fate = Literal["erased", "bare", "kept", "none"]
Row = Mapping[str, Any]
Update = dict[str, Any] | None  # None: the row goes


@dataclass(frozen=True, slots=True)
class Kind:
    """``fate`` of what is a person's: ``erased``; ``bare``: what could name them is taken out and the facts stay;
    ``kept`` as it is; ``none``: nothing of a patient is in it. ``find`` are queries that ride an index, ``left`` what
    is set in a row, ``title`` and ``fields`` what the patient is shown of it."""

    fate: Fate
    why: str
    find: Callable[[Scope], list[dict[str, Any]]] | None = None
    left: Callable[[Row, Scope], Update] | None = None
    title: str = ""
    fields: tuple[str, ...] = ()


def _by(field: str, ids: Callable[[Scope], Iterable[str]]) -> Callable[[Scope], list[dict[str, Any]]]:
    """Rows in which a field is one of the ids; none where there are no ids."""

    def query(scope: Scope) -> list[dict[str, Any]]:
        wanted = sorted(set(ids(scope)) - {""})
        return [{field: {"$in": wanted}}] if wanted else []

    return query


def _either(*finds: Callable[[Scope], list[dict[str, Any]]]) -> Callable[[Scope], list[dict[str, Any]]]:
    return lambda scope: [query for find in finds for query in find(scope)]


def _patient(row: Row, scope: Scope) -> Update:
    """Somebody whom others' chats reach, too, only loses this one."""
    if row["_id"] not in scope.shared:
        return None
    return {"contacts": [each for each in row.get("contacts", ()) if each["chat_id"] not in scope.chats]}


def _visit(row: Row, scope: Scope) -> Update:
    """When, where, with whom and what for; nothing by which it could be told whose it was."""
    if row["patient_id"] not in scope.patients:
        return {"chat_id": ""}  # of somebody who stays, booked from this chat
    if row["_id"] not in scope.kept_visits:
        return None
    bare = {"patient_id": "", "patient_name": "", "chat_id": "", "language": "", "wait_id": ""}
    fresh = {"reference": new_reference(), "link_key": new_link_key(), "request_id": f"erased.{row['_id']}"}
    return {**bare, **fresh, "history": [_plain(each) for each in row.get("history", ())]}


def _plain(change: Row) -> dict[str, Any]:
    return {**{name: change[name] for name in ("what", "by", "via", "at") if name in change}, "request_id": ""}


def _queued(row: Row, _: Scope) -> Update:
    bare = {"patient_id": "", "patient_name": "", "request_id": f"erased.{row['_id']}"}
    return {**bare, "history": [_plain(each) for each in row.get("history", ())]}


def _marked(_: Row, __: Scope) -> Update:
    return {"patient_id": "", "chat_id": "", "words": ""}


def _patients(scope: Scope) -> list[str]:
    return scope.patients


def _chats(scope: Scope) -> list[str]:
    return scope.chats


SETTINGS = "What the practice is and offers, and who works there; nothing of a patient."
STAFF = "Of staff, not of patients."
WORDS = "What the practice says to everybody; nothing of one patient."
BY_CHAT = _by("chat_id", _chats)

KINDS: dict[type[Record], Kind] = {
    Patient: Kind(
        "erased", "Name, day of birth, numbers, notes and tags serve only to see and to reach the person.",
        _either(_by("_id", lambda scope: [*scope.patients, *scope.shared])), _patient, "people",
        ("name", "birth_date", "phones", "language", "tags", "notes", "external_reference", "created_at"),
    ),
    Appointment: Kind(
        "bare", "A visit that took place stays as a bare fact (when, where, which doctor and service, how it ended) "
        "for as long as the practice must account for its work: `retention_years`. Who it was is taken out. A visit "
        "that did not take place is erased, one that is ahead is cancelled.",
        _either(_by("patient_id", _patients), BY_CHAT), _visit, "visits",
        ("reference", "patient_name", "start", "end", "status", "clinic_id", "doctor_id", "service_id"),
    ),
    Chat: Kind(
        "erased", "The identity by which WhatsApp knows the person, and what they said to being written to.",
        _by("_id", _chats), None, "chat", ("wa_id", "user_id", "profile_name", "language", "consents"),
    ),
    Conversation: Kind("erased", "How staff see the chat: name, number, who answers.", _by("_id", _chats)),
    Message: Kind("erased", "What was written.", BY_CHAT, None, "messages", ("at", "direction", "text", "status")),
    Media: Kind("erased", "Files that the person sent: with their sealed content in the vault.", BY_CHAT),
    Notification: Kind(
        "erased", "What was sent unasked, and how far it came.", BY_CHAT, None, "notices",
        ("kind", "due_at", "status", "status_at"),
    ),
    Callback: Kind(
        "erased", "Why somebody should call, what was chosen, what staff noted.", BY_CHAT, None, "calls",
        ("created_at", "reason", "choices", "notes", "status"),
    ),
    QueueEntry: Kind(
        "bare", "That somebody waited and for how long stays for the forecast of waits; who it was is taken out.",
        _by("patient_id", _patients), _queued, "queue", ("day", "token", "arrived_at", "started_at", "finished_at"),
    ),
    Wait: Kind(
        "erased", "The wish to be told of a free time.", _by("patient_id", _patients), None, "waits",
        ("created_at", "first_day", "last_day", "status"),
    ),
    SlotOffer: Kind("erased", "Which free times were offered to the person.", _by("patient_id", _patients)),
    Feedback: Kind(
        "bare", "The mark stays for the practice's figures; the words, and whose it was, are taken out.",
        _by("appointment_id", lambda scope: scope.visits), _marked, "feedback", ("at", "mark", "words"),
    ),
    PatientMerge: Kind(
        "erased", "How two records of the person became one, with their numbers.",
        _either(_by("into_id", _patients), _by("from_id", _patients)),
    ),
    PossibleDuplicate: Kind(
        "erased", "That two records may be of one person.",
        _either(_by("patient_id", _patients), _by("other_id", _patients)),
    ),
    NameWord: Kind("erased", "The words of names that nobody else of the practice bears; see `clinic.erasure_work`."),
    OneTimeCode: Kind("erased", "Codes that were sent to the person's telephone.",
                      _either(BY_CHAT, _by("number", lambda scope: scope.numbers))),
    DataLink: Kind("erased", "Links to the person's own copy of their data.", BY_CHAT),
    AuditEntry: Kind(
        "bare", "That something was done, by whom and when must stay provable. What stood in the fields before and "
        "after is taken out; the chain still verifies (`docs/audit.md`). See `clinic.audit.erase`.",
    ),
    Erasure: Kind("bare", "That somebody asked to be forgotten, when, and who decided: without saying who it was."),
    Quarantine: Kind("erased", "Messages that could not be read, where they name the person; gone in 14 days anyway."),
    LeaveVisit: Kind("kept", "Which visit a doctor's leave hit: ids and times; the visit names nobody any more."),
    PatientImport: Kind("kept", "How a list was taken in: numbers of rows and ids; no name is in it."),
    ImportPart: Kind("kept", "Emptied as soon as its rows are patients, within minutes."),
    ProviderEvent: Kind("kept", "News of accounts and templates; who is named in one is taken out when it comes."),
    Tenant: Kind("none", SETTINGS), Channel: Kind("none", SETTINGS), Clinic: Kind("none", SETTINGS),
    Doctor: Kind("none", SETTINGS), Service: Kind("none", SETTINGS), Schedule: Kind("none", SETTINGS),
    ScheduleException: Kind("none", SETTINGS), DoctorDelay: Kind("none", SETTINGS), QueueStamp: Kind("none", SETTINGS),
    Leave: Kind("none", SETTINGS), SmsSender: Kind("none", SETTINGS),
    DisplayKey: Kind("none", SETTINGS), Role: Kind("none", SETTINGS), BookingForm: Kind("none", SETTINGS),
    NumberState: Kind("none", SETTINGS), MessageCount: Kind("none", "How many messages were sent, and to whom none."),
    User: Kind("none", STAFF), LoginSession: Kind("none", STAFF), Mail: Kind("none", STAFF),
    Trial: Kind("none", STAFF), TrialPhone: Kind("none", STAFF),
    Template: Kind("none", WORDS), TemplateVersion: Kind("none", WORDS), TextOverride: Kind("none", WORDS),
}  # fmt: skip


def name_of(document: type[Record]) -> str:
    """The collection's, also where no database is connected."""
    return str(getattr(document, "Settings").name)  # noqa: B009
