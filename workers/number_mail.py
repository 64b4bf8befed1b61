"""Mails to a practice's owners about a number that is silent, rated low or restricted: one when it begins, and when it
begins again at most one a day."""

from collections.abc import Callable
from datetime import datetime, timedelta

from clinic import mail
from clinic.membership import owners
from clinic.number_state import NumberState, take_over

OFTEN = timedelta(days=1)

HOLDS: dict[mail.Kind, Callable[[NumberState, datetime], bool]] = {
    "number_silent": lambda state, _: bool(state.silent_code),
    "number_quality": lambda state, _: state.quality == "RED",
    "number_restricted": lambda state, now: bool(
        state.restriction and (state.restricted_until is None or state.restricted_until > now)
    ),
}


async def tell(state: NumberState, now: datetime) -> None:
    """Write the mails that are owed, then that they were: after a crash between the two, none is written twice."""
    holding = [kind for kind, holds in HOLDS.items() if holds(state, now)]
    known = {kind: at for kind, at in state.mailed.items() if kind in holding or now - at < OFTEN}
    fresh = [kind for kind in holding if kind not in known]
    for reader in await owners(state.tenant_id) if fresh else []:
        for kind in fresh:
            await mail.write_about(reader, kind, state.id, now)
    if fresh or len(known) < len(state.mailed):
        await take_over(state.tenant_id, state.id, {"mailed": {**known, **dict.fromkeys(fresh, now)}})
