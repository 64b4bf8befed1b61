"""What an owner should know about a template that is with the provider, in a sentence. Pure."""

from collections.abc import Callable

from clinic.template import Template

DISLIKED = "Patients blocked or reported it."


def _paused(template: Template) -> str:
    until = f" until {template.paused_until:%Y-%m-%d %H:%M} UTC" if template.paused_until else ""
    last = " The next pause is for good." if template.pauses > 1 else ""
    return f"WhatsApp has paused it{until}. {DISLIKED} Write it shorter and more useful, and submit that.{last}"


ALARMS: dict[str, Callable[[Template], str]] = {
    "PAUSED": _paused,
    "DISABLED": lambda _: f"WhatsApp has disabled it for good. {DISLIKED} Revise it, and submit the new words.",
    "REJECTED": lambda each: f"WhatsApp has refused it ({each.reason or 'no reason given'}). Revise it, submit again.",
    "LIMIT_EXCEEDED": lambda _: "The account has as many templates as it may: delete some that you do not need.",
}


def alarm(template: Template) -> str:
    """What is wrong and what to do; empty where nothing is."""
    if said := ALARMS.get(template.status):
        return said(template)
    if template.status == "APPROVED" and template.quality == "RED":
        return f"Its quality is low: WhatsApp will pause it soon. {DISLIKED} Write it shorter and more useful."
    if template.billed_as == "MARKETING":
        return "WhatsApp counts it as marketing: it costs more and does not reach everybody. Take out what promotes."
    return ""
