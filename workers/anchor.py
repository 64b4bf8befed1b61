"""Where each practice's audit ends, told to the log once a day: kept elsewhere than the database, it shows if the end
was cut off."""

import structlog

from clinic import audit
from clinic.tenant import Tenant
from workers.context import run

log = structlog.get_logger()


def anchor_audits() -> None:
    """The RQ job."""
    run(anchor())


async def anchor() -> None:
    """One line for each practice that has an audit."""
    for tenant in await Tenant.every():
        if (head := await audit.head(tenant.id)).seq:
            log.info("audit head", tenant=tenant.id, seq=head.seq, hash=head.spelt)
