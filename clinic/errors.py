"""Every refusal of the domain: a sentence with a code, so that chat, API and job can each say it in their own way."""


class ClinicError(Exception):
    """A refusal that the asker can understand and act on. ``status`` is the HTTP status an API answers with."""

    code, status = "refused", 409

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or (type(self).__doc__ or self.code).strip())


class UnscopedQuery(ClinicError):
    """A query must name its tenant."""

    code, status = "unscoped_query", 500


class NotFound(ClinicError):
    """There is no such record here."""

    code, status = "not_found", 404


class SlotTaken(ClinicError):
    """Somebody else was faster."""

    code = "slot_taken"


class SlotNotOffered(ClinicError):
    """The doctor does not see patients at that time."""

    code = "slot_not_offered"


class TooSoon(ClinicError):
    """The visit starts sooner than the clinic's minimum notice allows."""

    code = "too_soon"


class TooFarAhead(ClinicError):
    """The visit lies beyond the clinic's booking horizon."""

    code = "too_far_ahead"


class TooManyBookings(ClinicError):
    """The patient holds as many open bookings as the clinic allows."""

    code = "too_many_bookings"


class TooLateToCancel(ClinicError):
    """It is too close to the visit to cancel it by yourself: call the clinic."""

    code = "too_late_to_cancel"


class TooLateToMove(ClinicError):
    """It is too close to the visit to move it by yourself: call the clinic."""

    code = "too_late_to_move"


class Impossible(ClinicError):
    """What was asked for makes no sense: the detail says why, and what to send instead."""

    code, status = "impossible", 422


class NotChangeable(ClinicError):
    """The appointment is over, cancelled or changed meanwhile."""

    code = "not_changeable"


class TooManyWaits(ClinicError):
    """The patient is on the waitlist for as many wishes as can be looked after: withdraw one of them first."""

    code = "too_many_waits"


class AlternativeGone(ClinicError):
    """This time is no longer kept for the patient: look for another one."""

    code = "alternative_gone"


class DoctorBack(ClinicError):
    """The doctor will be there after all: the visit stays as it is."""

    code = "doctor_back"


class OfferOver(ClinicError):
    """The offer is over: the time was passed on to the next one, or freed for all."""

    code = "offer_over"


class NotToday(ClinicError):
    """The visit is on another day."""

    code = "not_today"


class TooEarly(ClinicError):
    """It is too early to check in for this visit by chat: come again later, or tell the desk."""

    code = "too_early"


class ElsewhereNow(ClinicError):
    """The code belongs to another clinic than the one where the visit is."""

    code = "elsewhere_now"


class NotOnMap(ClinicError):
    """Nobody has put this clinic on the map: its QR code checks in, or the desk does."""

    code = "not_on_map"


class TooFarAway(ClinicError):
    """The location that was shared is not at the clinic. ``metres``: how far from it."""

    code = "too_far_away"

    def __init__(self, metres: float = 0.0) -> None:
        super().__init__()
        self.metres = metres
