"""Booking a visit, as a table."""

from flows import anywhere, picking
from flows.steps.anew import ANEW
from flows.steps.booked import BOOKED
from flows.steps.booked import BOOKING as BOOK
from flows.steps.clinic import CLINIC
from flows.steps.confirm import CHANGE, CONFIRM
from flows.steps.consent import CONSENT
from flows.steps.doctor import DOCTOR
from flows.steps.form import FILLED
from flows.steps.handoff import FULL, STUCK
from flows.steps.menu import RESUME
from flows.steps.otp import CODE_TO_BOOK
from flows.steps.person import PERSON
from flows.steps.service import SERVICE
from flows.steps.start import START
from flows.steps.time import TIME
from flows.steps.waiting import WAIT_CONSENT, WAIT_DAYS, WAIT_PART, WAIT_UNTIL, WAITING
from flows.steps.who import WHO
from flows.table import Flow, Move

STEPS = (
    START,
    CONSENT,
    WHO,
    PERSON,
    CLINIC,
    SERVICE,
    DOCTOR,
    TIME,
    *picking.STEPS,
    FILLED,
    CONFIRM,
    CHANGE,
    CODE_TO_BOOK,
    BOOK,
    BOOKED,
    STUCK,
    WAIT_DAYS,
    WAIT_PART,
    WAIT_UNTIL,
    WAIT_CONSENT,
    WAITING,
    FULL,
    RESUME,
    ANEW,
    *anywhere.STEPS,
)

MOVES: tuple[Move, ...] = (
    # move, from, to
    ("next", "start", "language"),
    ("next", "language", "consent"),
    ("next", "consent", "who"),
    ("next", "who", "clinic"),
    ("new", "who", "person"),
    ("next", "person", "clinic"),
    ("next", "clinic", "service"),
    ("next", "service", "doctor"),
    ("next", "doctor", "time"),
    ("none", ("clinic", "service", "doctor", "time", "day"), "stuck"),
    *picking.MOVES,
    # the form that comes with the first of these questions, filled in
    ("form", ("clinic", "service", "doctor", "time"), "form"),
    ("yes", "form", "book_code"),
    ("slot_taken", "form", "time"),
    # confirm, change, book
    ("yes", "confirm", "book_code"),
    ("next", "book_code", "booking"),
    ("code_needed", "booking", "book_code"),
    ("no_code", "book_code", "calling"),
    ("change", "confirm", "change"),
    ("keep", "change", "confirm"),
    ("day", "change", "time"),
    ("doctor", "change", "doctor"),
    ("service", "change", "service"),
    ("clinic", "change", "clinic"),
    ("patient", "change", "who"),
    ("done", "booking", "booked"),
    ("slot_taken", "booking", "time"),
    ("slot_not_offered", "booking", "time"),
    ("too_soon", "booking", "time"),
    ("too_far_ahead", "booking", "time"),
    ("too_many_bookings", "booking", "full"),
    # where the chat cannot help
    ("doctor", "stuck", "doctor"),
    ("clinic", "stuck", "clinic"),
    # no time suits: who wants to be told of one
    ("wait", ("stuck", "day"), "wait_days"),
    ("next", "wait_days", "wait_part"),
    ("next", "wait_part", "wait_until"),
    ("next", "wait_until", "wait_consent"),
    ("next", "wait_consent", "waiting"),
    ("done", "waiting", "menu"),
    ("call", ("stuck", "full"), "calling"),
    ("next", ("booked", "resume", "anew"), "start"),
    *anywhere.ways("booking", "start", "resume"),
)

BOOKING = Flow("booking", STEPS, MOVES)
