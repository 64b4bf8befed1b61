"""A practice that asks for one-time codes, and a chat at its desk."""

from practice import NOW, Practice, open_practice

from clinic import one_time_code
from clinic.desk import FrontDesk
from clinic.directory import DIRECTORIES
from clinic.one_time_code import OneTimeCode
from clinic.record import new_id
from clinic.template import Template, starter
from clinic.tenant import Tenant
from clinic.views import Sender

SECRET = "a key of the tests"


async def strict(policy: str, *, template: bool = True) -> Practice:
    practice = await open_practice()
    await Tenant.itself().change({"_id": practice.id}, {"$set": {"one_time_codes": policy}})
    DIRECTORIES.forget(practice.id)
    if template:
        await Template.of(practice.id).insert_new(starter(practice.id, "one_time_code", "en"))
    return practice


def number() -> str:
    return f"9198{int(new_id(), 16) % 10**8:08}"


async def at_desk(practice: Practice, wa_id: str | None = None, **more: object) -> FrontDesk:
    wa_id = number() if wa_id is None else wa_id
    desk = FrontDesk(practice.id, Sender(wa_id or f"IN.{new_id()}", wa_id), secret_key=SECRET, **more)  # type: ignore[arg-type]
    await desk.register(new_id(), "Ann Rao", None, True, NOW)
    return desk


async def code_for(desk: FrontDesk) -> str:
    """What stands in the message."""
    codes = await OneTimeCode.of(desk.tenant_id).find({"chat_id": (await desk._met()).chat.id})
    return one_time_code.digits_of(SECRET, max(codes, key=lambda each: each.id).id)
