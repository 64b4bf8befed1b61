"""Which provider of text messages this installation uses: a row here connects one."""

from collections.abc import Callable

from opdesk.errors import Trouble
from opdesk.settings import Settings
from workers.sms import Texter

PROVIDERS: dict[str, Callable[[Settings], Texter]] = {}  # by the name that OPDESK_SMS_PROVIDER has


def texter(settings: Settings) -> Texter | None:
    """The provider that is set, None without one. Raises ``Trouble`` for one that there is not."""
    if not settings.sms_provider:
        return None
    if settings.sms_provider not in PROVIDERS:
        known = ", ".join(sorted(PROVIDERS)) or "none yet, so leave it empty"
        raise Trouble(f"OPDESK_SMS_PROVIDER is not right: the providers of text messages are {known}.")
    return PROVIDERS[settings.sms_provider](settings)
