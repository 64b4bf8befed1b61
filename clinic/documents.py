"""All documents, and how they are bound to a database."""

from contextlib import suppress
from typing import Any

from beanie import init_beanie
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid

from clinic.appointment import Appointment
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
from clinic.erasure import Erasure
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

DOCUMENTS: tuple[type[Record], ...] = (
    Tenant, Channel, Clinic, Doctor, Service, Schedule, ScheduleException, Patient, Appointment, Chat, Message,
    Notification, Template, Callback, Quarantine, ProviderEvent, AuditEntry, QueueEntry, DisplayKey,
    NameWord, PatientMerge, PatientImport, ImportPart,
    Wait, SlotOffer, Feedback,
    User, LoginSession, Role, Mail,
    Conversation,
    Leave, LeaveVisit,
    TemplateVersion, TrialPhone, Trial, TextOverride,
    DoctorDelay, QueueStamp,
    Media,
    Erasure, DataLink,
    OneTimeCode, PossibleDuplicate,
    BookingForm,
    MessageCount, NumberState,
    SmsSender,
)  # fmt: skip


async def connect(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Bind the documents to a database. Collections and indexes are left as they are."""
    await init_beanie(database, document_models=list(DOCUMENTS), skip_indexes=True)


async def create_indexes(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Create what is missing of collections and indexes: at set-up, and after an upgrade. Two at once do no harm."""
    existing = set(await database.list_collection_names())
    for document in DOCUMENTS:
        name, indexes = document.get_collection_name(), document.get_settings().indexes
        if indexes:  # a collection comes with its first index, for a third of the work of making it beforehand
            await database[name].create_indexes([field.index for field in indexes])
        elif name not in existing:
            with suppress(CollectionInvalid):  # somebody else's, a moment ago
                await database.create_collection(name)
