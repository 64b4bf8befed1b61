"""What the workers count."""

from prometheus_client import Counter, Gauge

NOTIFICATIONS = Counter(
    "opdesk_notifications_total", "Attempts to keep a promise, by how they ended", ["kind", "outcome"]
)
OVERDUE = Gauge("opdesk_notifications_overdue", "Promises that a sweep found waiting")
ENQUEUE_FAILURES = Counter("opdesk_enqueue_failures_total", "Batches that RQ did not take; a sweep finds them")
ABANDONED = Counter("opdesk_jobs_abandoned_total", "Jobs whose worker vanished")
