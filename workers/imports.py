"""The job that turns a list of patients into patients, part by part, and the sweep that finds lists left half-done."""

import time
from datetime import datetime, timedelta

import structlog

from clinic import astir, clock, job, patient_import, registry
from clinic.errors import NotFound
from clinic.tenant import Tenant
from workers.context import Context, context, run
from workers.queues import queue

AT_ONCE = 3.0  # seconds; then others have their turn: promises wait in the same queue
LEFT = timedelta(minutes=2)  # since the last part: nobody works on it any more

log = structlog.get_logger()


def import_patients(tenant_id: str, import_id: str) -> None:
    """The RQ job."""
    run(import_some(context(), tenant_id, import_id))


def file_patients() -> None:
    """The RQ job: those who were stored by an earlier version can be found, too."""
    run(file_all())


def resume_imports() -> None:
    """The RQ job: what a killed worker left behind gets a job again."""
    run(resume(context(), clock.now()))


async def import_some(context: Context, tenant_id: str, import_id: str, seconds: float = AT_ONCE) -> None:
    """Part after part, for so long."""
    until = time.monotonic() + seconds
    try:
        while await patient_import.work(tenant_id, import_id, clock.now()):
            if time.monotonic() > until:
                _ask(context, tenant_id, import_id)
                return
    except NotFound:
        log.warning("no such import", import_id=import_id)
        return
    log.info("patients imported", import_id=import_id)


async def resume(context: Context, now: datetime) -> None:
    """Two at once do no harm."""
    for tenant_id in await astir.imports(now - LEFT):
        for import_id in await patient_import.unfinished(tenant_id, now - LEFT):
            _ask(context, tenant_id, import_id)


async def file_all() -> None:
    """Of every practice."""
    for tenant in await Tenant.every():
        while count := await registry.file(tenant.id):
            log.info("patients filed", count=count)


def _ask(context: Context, tenant_id: str, import_id: str) -> None:
    queue(context.queue).enqueue(job.IMPORT_PATIENTS, tenant_id, import_id, result_ttl=0, failure_ttl=24 * 3600)
