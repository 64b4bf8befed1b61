"""A worker: takes jobs one after the other in this process, with its connections kept open on one loop."""

from uuid import uuid4

from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from workers.queues import files, queue

TTL = 60  # seconds; an idle worker looks up this often


def worker(connection: Redis) -> SimpleWorker:
    """A worker of all queues. A fork per job would cost three times the processor time, and each fork new
    connections."""
    return SimpleWorker(
        [queue(connection), files(connection)],  # in this order: a promise never waits for a file
        name=f"worker-{uuid4().hex[:12]}",
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=TTL,
        maintenance_interval=TTL,
        log_job_description=False,
    )
