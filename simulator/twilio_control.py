"""``/control/twilio``: where Twilio's webhooks go and how they are signed, and what WhatsApp made of the templates."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from simulator import twilio_approval
from simulator.errors import Json
from simulator.network import Network
from simulator.twilio_errors import TwilioRefusal


class AddressChange(BaseModel):
    """What is configured at Twilio. What is left out stays; a fragment of an address overrides Twilio's patience."""

    model_config = ConfigDict(extra="forbid")
    url: str | None = None
    fallback: str | None = Field(default=None, description="empty: none")
    public: str | None = Field(default=None, description="scheme and host that signatures name; empty: as posted to")
    algorithm: str | None = Field(default=None, pattern="^HMAC_SHA(1|256)$")
    shared_key: str | None = Field(default=None, description="signs in place of the token; empty: the token does")


class ApprovalChange(BaseModel):
    """A status that WhatsApp might give, and why."""

    status: str = Field(pattern=f"^({'|'.join(twilio_approval.STATUSES[1:])})$")
    reason: str = ""


def router(network: Network) -> APIRouter:
    """All routes under ``/control/twilio``."""
    routes = APIRouter(prefix="/control/twilio", tags=["control"])

    @routes.get("")
    async def read_twilio() -> Json:
        """Where webhooks go, and how many found no taker: nothing brings those back but the list of messages."""
        courier = network.twilio.courier
        return {**vars(courier.addresses), "lost": courier.lost, "problem": courier.last_problem}

    @routes.patch("")
    async def change_twilio(change: AddressChange) -> Json:
        """Configure other addresses or another signature."""
        for name, value in change.model_dump(exclude_none=True).items():
            setattr(network.twilio.courier.addresses, name, value)
        return vars(network.twilio.courier.addresses)

    @routes.get("/contents")
    async def all_contents() -> Json:
        """The content templates of all accounts, with their approvals."""
        contents = network.world.contents.values()
        return {"contents": [content.shown("") | {"approval_requests": content.asked()} for content in contents]}

    @routes.post("/contents/{sid}")
    async def change_content(sid: str, change: ApprovalChange) -> Json:
        """Give a submitted template another status. Twilio tells nobody."""
        content = network.world.contents.get(sid)
        if content is None:
            raise HTTPException(404, f"There is no content template {sid!r}.")
        try:
            twilio_approval.set_status(network, content, change.status, change.reason)
        except TwilioRefusal as refusal:
            raise HTTPException(409, str(refusal)) from None
        return content.asked()

    return routes
