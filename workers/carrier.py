"""Who carries a message that is ready: the chat's number, or the practice's number of text messages."""

from collections.abc import Awaitable, Callable

from bot.channels.errors import Action, Rule, SendError
from clinic.chat import Chat
from clinic.notification import Notification
from clinic.segments import plainest, segments
from workers import metrics
from workers.context import Context
from workers.gate import admitted, sent
from workers.provider import Letter
from workers.sms import Text

NOT_CONNECTED, NO_NUMBER = "not_connected", "no_number"
NO_WAY = frozenset({NOT_CONNECTED, NO_NUMBER})  # our own words for why no provider was even asked
Carry = Callable[[], Awaitable[str]]  # sends it; the provider's id for it


async def carrier(promise: Notification, chat: Chat, message: Letter | Text, context: Context) -> Carry:
    """Found once the message may leave. Raises ``SendError``, ``SealBroken``, ``workers.pace.Held``."""
    if isinstance(message, Text):
        return await _texter(promise.tenant_id, message, context)
    await admitted(promise, chat, message.to.user_id, context)
    provider = await context.provider(promise.tenant_id, chat.channel_id)
    return lambda: sent(provider.send_template(message), promise, chat, context)


async def _texter(tenant_id: str, text: Text, context: Context) -> Carry:
    """Text messages wait their turn with the provider, each number's by itself."""
    texter = await context.sms(tenant_id)
    if texter is None or not text.number:
        raise SendError(Rule(Action.PERMANENT), detail=NOT_CONNECTED if texter is None else NO_NUMBER)

    async def send() -> str:
        sent = await texter.send_text(text)
        metrics.SEGMENTS.inc(segments(plainest(text.words)))
        return sent

    return send
