"""What a patient is told to bring along, so that nobody comes for nothing."""

from typing import Annotated, Literal

from pydantic import Field

Document = Literal[
    "identity_card", "insurance_card", "referral", "earlier_reports", "test_results", "prescriptions", "medicines",
    "vaccination_card",
]  # fmt: skip
Documents = Annotated[list[Document], Field(max_length=8)]
OwnWords = Annotated[dict[str, str], Field(max_length=20)]  # by language
