"""What an owner should know about a template that is with the provider, in a sentence. Pure."""

from collections.abc import Callable

from clinic.standing import Standing
from clinic.template import Template

DISLIKED = "Patients blocked or reported it."


def _paused(standing: Standing) -> str:
    until = f" until {standing.paused_until:%Y-%m-%d %H:%M} UTC" if standing.paused_until else ""
    last = " The next pause is for good." if standing.pauses > 1 else ""
    return f"WhatsApp has paused it{until}. {DISLIKED} Write it shorter and more useful, and submit that.{last}"


ALARMS: dict[str, Callable[[Standing], str]] = {
    "PAUSED": _paused,
    "DISABLED": lambda _: f"WhatsApp has disabled it for good. {DISLIKED} Revise it, and submit the new words.",
    "REJECTED": lambda each: f"WhatsApp has refused it ({each.reason or 'no reason given'}). Revise it, submit again.",
    "LIMIT_EXCEEDED": lambda _: "The account has as many templates as it may: delete some that you do not need.",
}


def alarm(template: Template) -> str:
    """What is wrong and what to do; empty where nothing is. Where not all accounts say the same, of each that has
    something to say."""
    each = {account: _alarm(standing) for account, standing in template.accounts.items()}
    if len(set(each.values())) < 2:
        return next(iter(each.values()), _alarm(template.at("")))
    return " ".join(f"Account {account}: {said}" for account, said in each.items() if said)


def _alarm(standing: Standing) -> str:
    if said := ALARMS.get(standing.status):
        return said(standing)
    if standing.status == "APPROVED" and standing.quality == "RED":
        return f"Its quality is low: WhatsApp will pause it soon. {DISLIKED} Write it shorter and more useful."
    if standing.billed_as == "MARKETING":
        return "WhatsApp counts it as marketing: it costs more and does not reach everybody. Take out what promotes."
    return ""
