"""The visits that are booked: to see, to confirm, to move and to cancel them, and how they were, as a table."""

from flows import anywhere, picking
from flows.steps.after import MARKED, THANKED, WORDS
from flows.steps.alternative import ALTERNATIVE
from flows.steps.cancel import CANCEL, CANCELLED, CANCELLING, SURE, WHY
from flows.steps.clinic import CLINIC
from flows.steps.doctor import DOCTOR
from flows.steps.handoff import STUCK
from flows.steps.move import CONFIRM_MOVE, ELSEWHERE, MOVE, MOVED, MOVING, SERVICE_KEPT, TIME_TO_MOVE
from flows.steps.otp import CODE_TO_CANCEL, CODE_TO_MOVE
from flows.steps.start import START
from flows.steps.visits import COME, TAPPED, TOGETHER, TOO_LATE, VISIT, VISITS
from flows.steps.waiting import OFFERED
from flows.table import Flow, Move

STEPS = (
    START,
    VISITS,
    TAPPED,
    TOGETHER,
    ALTERNATIVE,
    VISIT,
    COME,
    CANCEL,
    WHY,
    SURE,
    CODE_TO_CANCEL,
    CANCELLING,
    CANCELLED,
    MOVE,
    TIME_TO_MOVE,
    *picking.STEPS,
    ELSEWHERE,
    CLINIC,
    SERVICE_KEPT,
    DOCTOR,
    CONFIRM_MOVE,
    CODE_TO_MOVE,
    MOVING,
    MOVED,
    MARKED,
    WORDS,
    THANKED,
    TOO_LATE,
    OFFERED,
    STUCK,
    *anywhere.STEPS,
)

MOVES: tuple[Move, ...] = (
    # move, from, to
    ("next", "start", "language"),
    ("next", "language", "visits"),
    ("show", "visits", "visit"),
    # one visit, as it stands; what is wanted of it
    ("show", ("tapped", "come", "cancel", "why", "sure", "cancelling"), "visit"),
    ("show", ("move", "time", "elsewhere", "confirm", "moving", "too_late"), "visit"),
    ("to_come", ("visits", "tapped", "visit"), "come"),
    ("to_move", ("visits", "tapped", "visit"), "move"),
    ("to_cancel", ("visits", "tapped", "visit"), "cancel"),
    ("done", "come", "visit"),
    ("next", "together", "visits"),
    # the doctor will be away
    ("to_alternative", "tapped", "alternative"),
    ("done", "alternative", "moved"),
    ("show", "alternative", "visit"),
    ("to_move", "alternative", "move"),
    ("call", "tapped", "calling"),
    ("show", "offered", "visit"),
    # cancel
    ("next", "cancel", "why"),
    ("next", "why", "sure"),
    ("yes", "sure", "cancel_code"),
    ("next", "cancel_code", "cancelling"),
    ("code_needed", "cancelling", "cancel_code"),
    ("done", "cancelling", "cancelled"),
    ("too_late_to_cancel", ("cancel", "cancelling"), "too_late"),
    # move: the same doctor first
    ("next", "move", "time"),
    ("other", "move", "day"),
    ("clinic", "move", "clinic"),
    *picking.MOVES,
    ("elsewhere", "time", "elsewhere"),
    ("doctor", ("elsewhere", "stuck"), "doctor"),
    ("clinic", ("elsewhere", "stuck"), "clinic"),
    ("next", "clinic", "service"),
    ("next", "service", "doctor"),
    ("next", "doctor", "time"),
    ("none", ("clinic", "service", "doctor", "time", "day"), "stuck"),
    ("times", "confirm", "time"),
    ("yes", "confirm", "move_code"),
    ("next", "move_code", "moving"),
    ("code_needed", "moving", "move_code"),
    ("no_code", ("cancel_code", "move_code"), "calling"),
    ("done", "moving", "moved"),
    ("slot_taken", "moving", "time"),
    ("slot_not_offered", "moving", "time"),
    ("too_soon", "moving", "time"),
    ("too_far_ahead", "moving", "time"),
    ("too_late_to_move", ("move", "moving"), "too_late"),
    # after the visit
    ("show", "marked", "visit"),
    ("next", "marked", "words"),
    ("next", "words", "thanked"),
    # where the chat cannot help
    ("call", ("stuck", "too_late"), "calling"),
    *anywhere.ways("appointments", "visits"),
)

APPOINTMENTS = Flow("appointments", STEPS, MOVES)
