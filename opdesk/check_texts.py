"""Whether each practice's number for text messages can speak, for ``opdesk check``."""

from clinic import clock
from clinic.sms_sender import sender_of
from clinic.tenant import Tenant
from opdesk.finding import Finding
from opdesk.settings import Settings
from workers.sms import SmsSenders
from workers.sms_check import look


async def text_senders(settings: Settings) -> list[Finding]:
    """A line for each; none where no practice sends text messages."""
    texters = SmsSenders(settings.secret_key.get_secret_value(), settings.twilio_url, settings.address)
    found = []
    try:
        for tenant in await Tenant.every():
            if sender := await sender_of(tenant.id):
                seen = await look(texters, tenant.id, sender.number, clock.now())
                found.append(Finding(f"text messages from {sender.number} of {tenant.id}", seen.detail))
    finally:
        await texters.close()
    return found
