"""The gate that every template passes on its way out: the day's limit, what the provider holds back, the pace; and what
a number's last answer says of the number itself.
"""

from collections.abc import Awaitable
from datetime import timedelta

from redis.exceptions import RedisError

from bot.channels.errors import Action, SendError
from clinic import clock, number_state
from clinic.chat import Chat
from clinic.conversation import Conversation
from clinic.notification import Notification
from clinic.number_state import NumberState
from workers.context import Context
from workers.pace import Held, leave
from workers.urgency import LOOKS, PARTS, urgency

WINDOW = timedelta(hours=24)  # after a patient's message: what is sent then is an answer
LETTERS_ONLY = frozenset({131048})  # refusals of templates alone: the chat may still be answered


async def admitted(promise: Notification, chat: Chat, who: str, context: Context) -> None:
    """Wait until it may leave. ``who``: the provider's id of the patient. Raises ``Held``."""
    state = await number_state.kept_state(promise.tenant_id, chat.channel_id)
    now = clock.now()
    look = LOOKS[urgency(promise)]
    if state.letters_held_until and state.letters_held_until > now:
        raise Held(min((state.letters_held_until - now).total_seconds(), look * 10), "letters held")
    await _counted(promise, chat, state, look, context)
    await leave(context, promise.tenant_id, chat.channel_id, who, can_wait=urgency(promise) > 0)


async def _counted(promise: Notification, chat: Chat, state: NumberState, look: float, context: Context) -> None:
    """Take one of the patients whom the business may write to first in 24 hours, unless this one has written."""
    if context.reach is None or await _answers(chat):
        return
    try:
        shared = state.shares_limit_with
        reached = await context.reach.take(shared, chat.id, state.daily_limit, PARTS[urgency(promise)])
    except (RedisError, OSError):
        return  # nobody counts: where it is too much the provider says so
    await number_state.nearing(state, reached.count, clock.now())
    if not reached.taken:
        raise Held(min(reached.wait, look), "daily limit")


async def _answers(chat: Chat) -> bool:
    rows = await Conversation.of(chat.tenant_id).rows({"_id": chat.id}, ("heard_at",))
    heard_at = rows[0].get("heard_at") if rows else None
    return heard_at is not None and clock.now() - heard_at < WINDOW


async def sent(send: Awaitable[str], promise: Notification, chat: Chat, context: Context) -> str:
    """Send; the provider's id. What the answer says of the number is kept. Raises ``SendError``."""
    try:
        wamid = await send
    except SendError as error:
        await _learned(error, promise.tenant_id, chat.channel_id, context)
        raise
    await _went(promise.tenant_id, chat.channel_id, context)
    return wamid


async def _learned(error: SendError, tenant_id: str, channel_id: str, context: Context) -> None:
    now = clock.now()
    if error.action is Action.SLOW:
        await context.pace.slow(channel_id)
    elif error.code in LETTERS_ONLY:
        until = now + timedelta(seconds=error.rule.delay)
        await number_state.hold_letters(tenant_id, channel_id, error.code, until)
    elif error.action is Action.HALT and error.code:
        await context.pace.halt(channel_id, error.rule.delay)
        await number_state.silenced(tenant_id, channel_id, error.code, now)


async def _went(tenant_id: str, channel_id: str, context: Context) -> None:
    if await context.pace.went(channel_id):
        await number_state.speaks(tenant_id, channel_id)
    state = await number_state.kept_state(tenant_id, channel_id)
    if state.letters_code:
        await number_state.letters_leave(tenant_id, channel_id)
