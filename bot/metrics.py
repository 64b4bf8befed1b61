"""What the bot counts. Nothing here names a person, and labels come from closed lists: anybody may invent a status."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

ACCEPTED = Counter("opdesk_messages_accepted", "Messages stored for the first time")
DUPLICATES = Counter("opdesk_messages_duplicate", "Messages that had been stored before")
REFUSED = Counter("opdesk_webhooks_refused", "Webhooks that were not taken", ["reason"])
SPOOLED = Counter("opdesk_webhooks_spooled", "Webhooks kept on disk while Redis was away")
ON_DISK = Gauge("opdesk_webhooks_on_disk", "1 while webhooks of Twilio wait on disk to be taken")
POLLS = Counter("opdesk_twilio_polls", "Looks at Twilio's list of messages, by how they ended", ["outcome"])
FOUND = Counter("opdesk_twilio_found", "What never came by webhook, found in Twilio's list", ["what"])
POLL_BEHIND = Gauge("opdesk_twilio_poll_behind_seconds", "How far back Twilio's list was last looked at, at most")
QUARANTINED = Counter("opdesk_quarantined", "Rightly signed, and not understood", ["reason"])
EVENTS = Counter("opdesk_account_events", "News about numbers, templates, accounts")
WEBHOOK_SECONDS = Histogram("opdesk_webhook_seconds", "From a webhook's arrival to its answer", buckets=SECONDS)

WAITING = Gauge("opdesk_lane_waiting", "Chats that wait in a lane", ["lane"])
IN_WORK = Gauge("opdesk_lane_in_work", "Chats under a lease in a lane", ["lane"])
HANDED_ON = Counter("opdesk_leases_handed_on", "Chats taken from a holder that did not finish them", ["why"])
OLDEST = Gauge("opdesk_lane_oldest_seconds", "How long the first chat of a lane has been due", ["lane"])
UNWRITTEN = Gauge("opdesk_records_unwritten", "Transcript records that wait to be written")

TURN_SECONDS = Histogram("opdesk_turn_seconds", "One message answered, without sending", buckets=SECONDS)
TURNS = Counter("opdesk_turns", "Messages worked on", ["outcome"])
REPLIES = Counter("opdesk_replies", "Replies by what became of them", ["outcome"])
REPLY_SECONDS = Histogram("opdesk_reply_seconds", "From accepting a message to its reply accepted", buckets=SECONDS)
PARKED = Gauge("opdesk_number_parked", "Numbers whose replies wait for an operator's help", ["phone_number_id"])
STATUSES = Counter("opdesk_statuses", "Statuses received", ["status"])
LATE = Counter("opdesk_statuses_late", "Statuses that came after their record was written")
WRITTEN = Counter("opdesk_records_written", "Transcript records written")
FORM_SECONDS = Histogram("opdesk_form_seconds", "Answering a request of the booking form", buckets=SECONDS)
FORMS = Counter("opdesk_form_requests", "Requests of the booking form by what was answered", ["outcome"])
FORMS_AS_LISTS = Counter("opdesk_forms_as_lists", "Forms that WhatsApp refused and that went as lists")
