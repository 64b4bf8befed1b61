"""Where providers send their webhooks, as it is entered there."""

from dataclasses import dataclass

CLOUD = "/webhooks/cloud"
TWILIO, TWILIO_STATUS, TWILIO_FALLBACK = "/webhooks/twilio", "/webhooks/twilio/status", "/webhooks/twilio/fallback"
# Three more tries, after any failure, before Twilio turns to the fallback address; a fragment is not signed.
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
INSIST = "#rc=3&rp=all"


@dataclass(frozen=True, slots=True)
class AtTwilio:
    """The three addresses of a sender at Twilio."""

    messages: str
    status: str
    fallback: str


def at_meta(public_url: str) -> str:
    """Of Meta's app."""
    return f"{public_url.rstrip('/')}{CLOUD}"


def at_twilio(public_url: str, fallback_url: str = "") -> AtTwilio:
    """Of every sender there; ``fallback_url`` is another way to the same desk, where there is one."""
    base = public_url.rstrip("/")
    elsewhere = fallback_url.rstrip("/") or base
    return AtTwilio(f"{base}{TWILIO}{INSIST}", f"{base}{TWILIO_STATUS}", f"{elsewhere}{TWILIO_FALLBACK}")
