"""What happens again and again, by RQ's own cron. It has no leader: two of them make two ticks, so every job is
idempotent; ticks missed while it was down are made up for by the next one."""

from collections.abc import Callable

from redis import Redis
from rq import Queue, SimpleWorker
from rq.cron import CronJob, CronScheduler
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from workers import metrics
from workers.after_visit import after_visit_rounds
from workers.anchor import anchor_audits
from workers.booking_forms import refresh_forms
from workers.erasure import drop_old_visits, erase_people
from workers.imports import file_patients, resume_imports
from workers.leaves import leave_rounds
from workers.mail import sweep_mails
from workers.media import remove_old_media, sweep_media
from workers.numbers import watch_numbers
from workers.queue_calls import queue_rounds
from workers.queues import JOB_TIMEOUT, NAME, files, queue
from workers.recount import recount
from workers.sweep import sweep
from workers.templates import give_new_templates, refresh_templates, watch_reviews
from workers.waitlist import waitlist_rounds

EVERY: dict[Callable[[], None], int] = {
    refresh_templates: 300,
    refresh_forms: 300,
    watch_reviews: 10,
    watch_numbers: 300,
    sweep: 10,
    waitlist_rounds: 10,
    leave_rounds: 10,
    queue_rounds: 30,
    recount: 60,
    after_visit_rounds: 120,
    sweep_mails: 30,
    sweep_media: 20,
    remove_old_media: 600,
    resume_imports: 60,
    erase_people: 30,
    drop_old_visits: 24 * 3600,
    file_patients: 3600,
    give_new_templates: 24 * 3600,
    anchor_audits: 24 * 3600,
}  # seconds
REAP_EVERY = 20.0


class Tick(CronJob):
    """RQ's cron job writes pickle whatever the queue reads; this one writes JSON."""

    def __init__(self, job: Callable[[], None], seconds: int) -> None:
        super().__init__(NAME, func=job, interval=seconds)
        self._job, self._seconds = job, seconds

    def enqueue(self, connection: Redis) -> Job:
        """Put one tick into the queue; it fades there when no worker takes it before the next."""
        return queue(connection).enqueue(
            self._job, job_timeout=JOB_TIMEOUT, ttl=self._seconds, result_ttl=0, failure_ttl=3600
        )


def timetable(connection: Redis) -> CronScheduler:
    """RQ's scheduler with all our ticks. Interval jobs tick at once when it starts."""
    scheduler = CronScheduler(connection)
    scheduler.get_jobs().extend(Tick(job, seconds) for job, seconds in EVERY.items())
    return scheduler


def reap(connection: Redis) -> int:
    """Fail the jobs whose worker vanished; how many those were. RQ itself would take ten minutes. The ledger needs none
    of them: this keeps the registries short and the metrics honest."""
    return sum(_reap(own, connection) for own in (queue(connection), files(connection)))


def _reap(own: Queue, connection: Redis) -> int:
    worker = SimpleWorker([own], connection=connection, serializer=JSONSerializer, prepare_for_work=False)
    own.intermediate_queue.cleanup(worker, own)
    started = StartedJobRegistry(queue=own)
    abandoned = len(started.get_expired_job_ids())
    started.cleanup()
    metrics.ABANDONED.inc(abandoned)
    return abandoned
