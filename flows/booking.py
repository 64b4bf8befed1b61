"""Booking a visit, as a table."""

from flows import picking
from flows.steps import aside
from flows.steps.anew import ANEW
from flows.steps.booked import BOOKED
from flows.steps.booked import BOOKING as BOOK
from flows.steps.clinic import CLINIC
from flows.steps.confirm import CHANGE, CONFIRM
from flows.steps.consent import CONSENT
from flows.steps.doctor import DOCTOR
from flows.steps.handoff import CALLING, FULL, HANDOFF, STUCK
from flows.steps.language import LANGUAGE
from flows.steps.menu import MENU, RESUME
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
    LANGUAGE,
    CONSENT,
    WHO,
    PERSON,
    CLINIC,
    SERVICE,
    DOCTOR,
    TIME,
    *picking.STEPS,
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
    CALLING,
    HANDOFF,
    MENU,
    RESUME,
    ANEW,
    *aside.STEPS,
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
    ("done", "calling", "handoff"),
    ("next", ("handoff", "booked", "menu", "resume", "anew"), "start"),
    # at any time
    ("human", "handoff", "handoff"),
    ("lost", "handoff", "handoff"),
    ("human", "*", "calling"),
    ("lost", "*", "calling"),
    ("restart", "*", "start"),
    *aside.MOVES,
    ("book", "*", "start"),
    ("missing", "*", "start"),
    ("menu", "*", "menu"),
    ("visits", "*", "appointments.start"),
    ("queue", "*", "queueing.start"),
    ("begin", "*", "anew"),
    ("visit", "*", "appointments.tapped"),
    ("household", "*", "appointments.together"),
    ("rights", "*", "rights.start"),
    ("mark", "*", "appointments.marked"),
    ("offer", "*", "appointments.offered"),
    ("people", "*", "people.start"),
    ("language", "*", "language"),
    ("resume", "*", "resume"),
)

BOOKING = Flow("booking", STEPS, MOVES)
