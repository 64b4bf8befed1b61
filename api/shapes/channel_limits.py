"""How a number stands with its provider."""

import datetime as dt
from typing import Self

from pydantic import Field

from api.shapes import Shape
from clinic.channel import Channel
from clinic.number_alarm import alarms
from clinic.number_state import UNLIMITED, NumberState


class ChannelLimitsOut(Shape):
    """How a number stands with its provider, and what keeps it from sending."""

    id: str
    quality: str = Field(description="GREEN, YELLOW, RED; UNKNOWN where the provider says none.", examples=["GREEN"])
    messages_per_second: int = Field(description="In and out together.", examples=[80])
    throughput: str = Field(description="The provider's word: STANDARD, HIGH.", examples=["STANDARD"])
    daily_limit: int | None = Field(
        description="Patients in 24 hours whom the business may write to first. Null: not known, or none.",
        examples=[2000],
    )
    unlimited: bool
    reached: int = Field(description="How many it has written to first in the last 24 hours.", examples=[312])
    silent_code: int = Field(description="The provider's code for why nothing leaves; 0: it speaks.", examples=[131042])
    silent_since: dt.datetime | None
    held_until: dt.datetime | None = Field(description="Until when templates wait.")
    restriction: str = Field(description="Of the account, in the provider's words.")
    alarms: list[str] = Field(description="What is wrong and what to do, the worst first; empty: all is well.")
    asked_at: dt.datetime | None = Field(description="When the provider last answered.")

    @classmethod
    def shown(cls, channel: Channel, state: NumberState, reached: int, now: dt.datetime) -> Self:
        """As it stands now."""
        limit = state.daily_limit
        held = state.letters_held_until if state.letters_held_until and state.letters_held_until > now else None
        return cls(
            id=channel.id, quality=state.quality, messages_per_second=channel.messages_per_second,
            throughput=state.throughput, daily_limit=None if limit == UNLIMITED else limit,
            unlimited=limit == UNLIMITED, reached=reached, silent_code=state.silent_code,
            silent_since=state.silent_since, held_until=held, restriction=state.restriction,
            alarms=alarms(state, reached, now), asked_at=state.asked_at,
        )  # fmt: skip
