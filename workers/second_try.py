"""What a status refuses after the provider had taken it. Twilio says most of its noes so, Meta some: the table of rules
is the same as for a refusal at once, and what may be tried again is due again."""

import random
from datetime import datetime

import structlog

from bot.channels.errors import RULES, Action, Rule, SendError
from clinic import notification
from clinic.errors import NotFound
from clinic.notification import Notification
from clinic.one_time_code import PURPOSE
from workers import answers, templates
from workers.context import Context
from workers.letter import visit_of
from workers.notifications import retry_at

WITHOUT_TEMPLATE = frozenset({63027, 132001, 132015, 132016})  # its template is paused, disabled or gone
BY_ANOTHER = Rule(Action.HALT_TEMPLATE, 5.0, tries=2)

log = structlog.get_logger()


def code_of(error: str) -> int:
    """The provider's code in what a status has told; 0: a worker wrote it, who has asked the rules already."""
    code = error.partition(" ")[0]
    return int(code) if code.isascii() and code.isdecimal() and len(code) < 10 else 0


async def tried_again(promise: Notification, context: Context, now: datetime) -> bool:
    """Whether a promise that failed by a status is due again. A code that somebody waits for is not: the next way is
    faster."""
    code = code_of(promise.error)
    rule = BY_ANOTHER if code in WITHOUT_TEMPLATE else RULES.get(code)
    if rule is None or promise.purpose == PURPOSE or promise.purpose in answers.PREPARED:
        return False
    try:
        again = retry_at(promise, await visit_of(promise), SendError(rule, code), now, spread=random.random())
    except NotFound:
        return False
    if again is None or not await notification.owed_again(promise, again):
        return False
    if code in WITHOUT_TEMPLATE:
        await templates.compare(context, promise.tenant_id)
    log.warning("promise refused by a status", kind=promise.kind, code=code, action=str(rule.action))
    return True
