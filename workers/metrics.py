"""What the workers count."""

from prometheus_client import Counter, Gauge

NOTIFICATIONS = Counter(
    "opdesk_notifications_total", "Attempts to keep a promise, by how they ended", ["kind", "outcome"]
)
OVERDUE = Gauge("opdesk_notifications_overdue", "Promises that a sweep found waiting")
ENQUEUE_FAILURES = Counter("opdesk_enqueue_failures_total", "Batches that RQ did not take; a sweep finds them")
MAILS = Counter("opdesk_mails_total", "Attempts to send a mail to staff, by how they ended", ["kind", "outcome"])
FILES = Counter("opdesk_files_total", "Attempts to fetch what a patient sent, by how they ended", ["outcome"])
ABANDONED = Counter("opdesk_jobs_abandoned_total", "Jobs whose worker vanished")
OWED = Gauge("opdesk_promises_owed", "Reminders of visits ahead that should have been sent, reckoned from the visits")
KEPT = Gauge("opdesk_promises_kept", "Of these, what was sent, or is in a person's hands")
LATE = Gauge("opdesk_promises_late", "Of these, what was not: more than none for some minutes is an alarm")
REPAIRED = Counter("opdesk_promises_repaired_total", "Reminders that were owed and not in the ledger, promised anew")
