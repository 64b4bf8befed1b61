"""What messages cost."""

from decimal import Decimal
from typing import Self

from pydantic import Field

from api.shapes import Shape
from clinic.cost_report import Bill, Line


def money(amount: Decimal | None) -> str | None:
    """As text: a number would be rounded on its way."""
    return None if amount is None else f"{amount:f}"


class CostLineOut(Shape):
    """Messages of one kind."""

    category: str = Field(description="The provider's word: `service` for answers in the chat.", examples=["utility"])
    type: str = Field(description="The provider's word: `regular` is charged.", examples=["free_customer_service"])
    market: str = Field(description="The patients' country, by their number; `ZZ`: not known.", examples=["IN"])
    provider: str = Field(examples=["cloud"])
    channel_id: str
    messages: int
    free: bool = Field(description="Whether the provider gives it away.")
    price: str | None = Field(description="Of one, as the operator wrote it down.", examples=["0.0014"])
    amount: str | None = Field(examples=["0.5880"])

    @classmethod
    def of_line(cls, line: Line) -> Self:
        """As it is shown."""
        kind = line.kind
        return cls(
            category=kind.category, type=kind.type, market=kind.market, provider=kind.provider,
            channel_id=kind.channel_id, messages=line.messages, free=kind.free, price=money(line.price),
            amount=money(line.amount),
        )  # fmt: skip


class CostOut(Shape):
    """One clinic's messages of one month, and what they cost."""

    id: str
    clinic_id: str = Field(description="Empty: conversations that named no clinic.")
    month: str = Field(examples=["2026-11"])
    messages: int = Field(description="Delivered to patients.")
    free: int = Field(description="Of these, what the provider gives away.")
    charged: int
    unpriced: int = Field(description="Charged, and no price is written down for it: not in the amount.")
    conversations: int = Field(description="A patient's messages of one day are one.")
    bookings: int = Field(description="Visits of the month that patients booked in the chat.")
    messages_per_booking: float | None
    currency: str = Field(examples=["USD"])
    amount: str | None = Field(description="As text, for it is exact. Null: no prices are set.", examples=["3.0240"])
    amount_per_conversation: str | None = Field(examples=["0.0120"])
    amount_per_booking: str | None = Field(examples=["0.0264"])
    lines: list[CostLineOut]

    @classmethod
    def of_bill(cls, bill: Bill) -> Self:
        """As it is shown."""
        return cls(
            id=f"{bill.month}.{bill.clinic_id or 'none'}", clinic_id=bill.clinic_id, month=bill.month,
            messages=bill.messages, free=bill.free, charged=bill.messages - bill.free, unpriced=bill.unpriced,
            conversations=bill.conversations, bookings=bill.bookings,
            messages_per_booking=round(bill.messages / bill.bookings, 1) if bill.bookings else None,
            currency=bill.currency, amount=money(bill.amount),
            amount_per_conversation=money(bill.per(bill.conversations)),
            amount_per_booking=money(bill.per(bill.bookings)), lines=[CostLineOut.of_line(each) for each in bill.lines],
        )  # fmt: skip
