"""What happens again and again, by RQ's own cron. It has no leader: two of them make two ticks, so every job is
idempotent; ticks missed while it was down are made up for by the next one."""

from redis import Redis
from rq import Queue, SimpleWorker
from rq.cron import CronJob, CronScheduler
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from workers import metrics
from workers.queues import JOB_TIMEOUT, NAME, files, queue

EVERY: dict[str, int] = {
    "workers.templates.refresh_templates": 300,
    "workers.booking_forms.refresh_forms": 300,
    "workers.templates.watch_reviews": 10,
    "workers.numbers.watch_numbers": 300,
    "workers.sweep.sweep": 10,
    "workers.waitlist.waitlist_rounds": 10,
    "workers.leaves.leave_rounds": 10,
    "workers.queue_calls.queue_rounds": 30,
    "workers.recount.recount": 60,
    "workers.after_visit.after_visit_rounds": 120,
    "workers.mail.sweep_mails": 30,
    "workers.media.sweep_media": 20,
    "workers.media.remove_old_media": 600,
    "workers.imports.resume_imports": 60,
    "workers.erasure.erase_people": 30,
    "workers.erasure.drop_old_visits": 24 * 3600,
    "workers.imports.file_patients": 3600,
    "workers.templates.give_new_templates": 24 * 3600,
    "workers.anchor.anchor_audits": 24 * 3600,
}  # seconds
REAP_EVERY = 20.0


class Tick(CronJob):
    """RQ's cron job writes pickle whatever the queue reads; this one writes JSON. It knows the job by its name alone:
    the scheduler would else load all that a worker needs."""

    def __init__(self, job: str, seconds: int) -> None:
        super().__init__(NAME, func_name=job, interval=seconds)
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
