"""The booking form, put together: which number may send one, by which keys its requests are read, and its tokens."""

import asyncio
from collections.abc import Callable

from bot.envelope import Outgoing
from bot.form import token
from bot.form.cipher import warm
from bot.form.door import FindKeys, FormDoor
from bot.ids import chat_key
from bot.lanes import Lanes
from bot.receive import Application
from clinic import clock
from clinic.booking_form import BookingForm, form_of
from clinic.channel import Channel
from clinic.views import Sender
from flows.desk import Desk
from opdesk.settings import Settings


async def form_at(channel: Channel) -> str:
    """Meta's id of the form that the number may send now; empty for none."""
    form = await form_of(channel.tenant_id, channel.waba_id) if channel.provider == "cloud" else None
    if form is None or not form.can_be_sent or channel.phone_number_id not in form.known_to:
        return ""
    asyncio.get_running_loop().run_in_executor(None, warm)
    return form.flow_id


def keys(secret_key: str) -> FindKeys:
    """Looks up the private keys of a form."""

    async def find(tenant_id: str, form_id: str) -> tuple[str, ...]:
        form = await BookingForm.of(tenant_id).find_one({"_id": form_id}) if tenant_id else None
        return form.keys(secret_key, clock.now()) if form else ()

    return find


def tokens(secret_key: str) -> Callable[[Outgoing], str]:
    """Makes the token of a form that a reply brings."""

    def token_of(reply: Outgoing) -> str:
        chat = chat_key(reply.tenant_id, reply.sender.user_id)
        return token.make(secret_key, chat, reply.reply.form.asked if reply.reply.form else 0, reply.since)

    return token_of


def form_door(
    settings: Settings, lanes: Lanes, desk: Callable[[str, Sender], Desk]
) -> Callable[[Application], Application]:
    """Puts the form's endpoint in front of an application."""
    secret, secret_key = settings.whatsapp_app_secret.get_secret_value(), settings.secret_key.get_secret_value()

    def before(app: Application) -> Application:
        return FormDoor(app, secret.encode(), secret_key, keys(secret_key), lanes, desk)

    return before
