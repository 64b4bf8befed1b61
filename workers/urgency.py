"""Which promises leave first, and how much of a day's limit each may use up: the last of it is for what cannot wait."""

from datetime import datetime, timedelta

from clinic.after_visit import AFTER
from clinic.notification import Notification
from clinic.one_time_code import PURPOSE
from clinic.queue_calls import CAUSED

SOON = 4  # hours before the visit: who is reminded then may be on the way
CALL = timedelta(hours=2)  # before the visit: so long somebody needs to call in place of a message
PATIENCE = timedelta(minutes=15)  # that a promise is given in any case

PARTS = (1.0, 1.0, 0.95, 0.8)  # of the day's limit, by urgency
LOOKS = (5.0, 60.0, 300.0, 900.0)  # seconds until a promise that waits is looked at again


def urgency(promise: Notification) -> int:
    """0: somebody waits with the telephone in hand; 1: today's matter; 2: a visit's; 3: it can wait, or be left."""
    if promise.purpose == PURPOSE:
        return 0
    if promise.purpose in AFTER:
        return 3
    step = promise.kind.partition("@")[0].partition(":")[2]
    today = step == "late" or (step[:-1].isdecimal() and int(step[:-1]) <= SOON)
    return 1 if today or promise.purpose in CAUSED or promise.purpose in ("offer", "late") else 2


def last_call(promise: Notification, until: datetime) -> datetime:
    """Till when it may wait: then there is still time for another way, or for a call. ``until``: afterwards it would be
    of no use."""
    return max(until - CALL, min(until, promise.due_at + PATIENCE))
