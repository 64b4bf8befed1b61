"""The queue of promises. Jobs are JSON and carry ids only: whoever reads Redis learns nothing about a patient."""

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

NAME = "promises"
FILES = "files"  # what patients sent: a worker looks here when no promise waits
JOB_TIMEOUT = 110  # seconds; shorter than a promise's lease, so that nobody else sends what this job still may
KEPT = 24 * 3600  # seconds for which a failed job is kept to be looked at; the ledger needs none of them


def queue(connection: Redis) -> Queue:
    """The queue, as everybody must open it."""
    return Queue(NAME, connection=connection, serializer=JSONSerializer, default_timeout=JOB_TIMEOUT)


def files(connection: Redis) -> Queue:
    """The queue of what is to be fetched from the provider."""
    return Queue(FILES, connection=connection, serializer=JSONSerializer, default_timeout=JOB_TIMEOUT)
