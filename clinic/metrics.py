"""What the domain counts, in whichever process it happens."""

from prometheus_client import Counter

BOOKINGS = Counter("opdesk_bookings", "Visits booked, each once however often it was asked for", ["via"])
CALLBACKS = Counter("opdesk_callbacks", "Cards put on the desk for a person to call", ["reason"])
AUDITED = Counter("opdesk_audited", "Entries of the audit stored")
SIGN_INS = Counter("opdesk_sign_ins", "Sign-ins of staff, by how they ended", ["outcome"])
OFFERS = Counter("opdesk_offers", "Freed slots offered to one who waits, and how those offers ended", ["outcome"])
TEMPLATES = Counter("opdesk_template_statuses", "Statuses that the provider gave templates", ["purpose", "status"])
NUMBERS = Counter("opdesk_number_news", "What the provider told of our numbers, by what happened", ["what"])
