"""What patients thought of their visits, as the API shows it."""

from datetime import datetime

from pydantic import Field

from api.shapes import Shape


class FeedbackOut(Shape):
    """One mark for one visit, and words where there are any."""

    id: str
    appointment_id: str
    clinic_id: str
    doctor_id: str
    patient_id: str
    mark: int = Field(description="From 1, the worst, to 5.", examples=[5])
    words: str = Field(examples=["Everybody was kind."])
    at: datetime
