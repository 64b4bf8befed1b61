"""By when a patient must have chosen: rows."""

from datetime import datetime, timedelta

import pytest
from practice import NOW

from clinic.leave_terms import answer_by
from clinic.place import Clinic

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("ahead", "until"),
    [
        pytest.param(240, 24, id="far ahead: as long as times are kept"),
        pytest.param(49, 24, id="just far enough"),
        pytest.param(50, 24, id="a day before the visit is later still"),
        pytest.param(40, 20, id="sooner: half of the time that is left, since a day before is less"),
        pytest.param(4, 2, id="on the day itself"),
        pytest.param(1, 0.5, id="the least time to answer"),
        pytest.param(0.9, None, id="less is no time to answer"),
        pytest.param(-1, None, id="begun"),
    ],
)
def test_answer_by(ahead: float, until: float | None) -> None:
    clinic = Clinic.model_construct(leave_hold_hours=24, leave_call_hours=24)
    wanted: datetime | None = None if until is None else NOW + until * HOUR
    assert answer_by(clinic, NOW + ahead * HOUR, NOW) == wanted


def test_the_clinic_says_how_long() -> None:
    clinic = Clinic.model_construct(leave_hold_hours=72, leave_call_hours=48)
    assert answer_by(clinic, NOW + 240 * HOUR, NOW) == NOW + 72 * HOUR
    assert answer_by(clinic, NOW + 100 * HOUR, NOW) == NOW + 52 * HOUR
