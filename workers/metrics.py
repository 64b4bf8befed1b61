"""What the workers count."""

from prometheus_client import Counter, Gauge

NOTIFICATIONS = Counter(
    "opdesk_notifications_total", "Attempts to keep a promise, by how they ended", ["kind", "outcome"]
)
OVERDUE = Gauge("opdesk_notifications_overdue", "Promises that a sweep found waiting")
SEGMENTS = Counter("opdesk_sms_segments_total", "Text messages as they are paid for: a long one counts as several")
ENQUEUE_FAILURES = Counter("opdesk_enqueue_failures_total", "Batches that RQ did not take; a sweep finds them")
MAILS = Counter("opdesk_mails_total", "Attempts to send a mail to staff, by how they ended", ["kind", "outcome"])
FORMS_LEFT = Counter("opdesk_forms_left_total", "Booking forms that a round left to the next one, by an error of ours")
FILES = Counter("opdesk_files_total", "Attempts to fetch what a patient sent, by how they ended", ["outcome"])
TAKEN_OVER = Counter("opdesk_notifications_taken_over", "Promises that a lost worker had claimed, due again at once")
ABANDONED = Counter("opdesk_jobs_abandoned_total", "Jobs whose worker vanished")
OWED = Gauge("opdesk_promises_owed", "Reminders of visits ahead that should have been sent, reckoned from the visits")
KEPT = Gauge("opdesk_promises_kept", "Of these, what was sent, or is in a person's hands")
LATE = Gauge("opdesk_promises_late", "Of these, what was not: more than none for some minutes is an alarm")
REPAIRED = Counter("opdesk_promises_repaired_total", "Reminders that were owed and not in the ledger, promised anew")
NUMBERS_SILENT = Gauge("opdesk_numbers_silent", "Numbers through which nothing leaves, by the provider's word")
NUMBERS_LOW = Gauge("opdesk_numbers_low_quality", "Numbers whose quality the provider calls low")
NUMBERS_NEAR = Gauge("opdesk_numbers_near_limit", "Numbers that have used up most of their day's limit of patients")
LIMIT_USED = Gauge("opdesk_daily_limit_used", "The largest part of a day's limit of patients that is used up")
