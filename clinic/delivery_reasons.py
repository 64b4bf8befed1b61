"""Why a message did not arrive, said so that staff know what to do next: by the provider's codes, and our own words."""

import re
from dataclasses import dataclass

CODE = re.compile(r"\b\d{1,7}\b")

# The provider's codes (platform documentation, error codes), for what a receptionist or an owner can do about them.
BY_CODE: dict[int, str] = {
    131026: "The number cannot be reached on WhatsApp: check it with the patient, or call.",
    130472: "WhatsApp held this message back in one of its experiments: call, or try again tomorrow.",
    130497: "WhatsApp does not deliver to this country: call the patient.",
    131021: "The number is the clinic's own: correct the patient's number.",
    131030: "This WhatsApp number is still in trial and writes to its test numbers only: ask an owner.",
    131037: "WhatsApp has not approved the clinic's display name yet: ask an owner.",
    131042: "WhatsApp has no valid payment method for the clinic: an owner must add one in Meta's business settings.",
    131047: "The patient has not written for 24 hours, so only a template could be sent.",
    131048: "WhatsApp has slowed this number down, since too many blocked or reported it: try again in some hours.",
    131049: "WhatsApp limits how much this patient gets just now: try again tomorrow, or call.",
    131050: "The patient does not want such messages: respect it, and call where it matters.",
    131056: "Too many messages to this patient in a short time: it is tried again in a while.",
    131062: "The patient's phone number is not known to us, and this message needs it: ask for it.",
    131063: "The template was sent as something that it is not: an owner should look at its category.",
    131064: "WhatsApp limits templates in a wrong category: an owner should look at them.",
    132000: "The template's variables do not fit what was sent: an owner should look at the template.",
    132001: "WhatsApp does not know the template in this language: an owner should submit it again.",
    132005: "Filled in, the template was too long: an owner should shorten it.",
    132007: "The template breaks WhatsApp's policy: an owner should write it anew.",
    132012: "The template's variables do not fit what was sent: an owner should look at the template.",
    132015: "WhatsApp has paused the template, since patients disliked it: an owner should write a better one.",
    132016: "WhatsApp has disabled the template for good: an owner should write a new one.",
    190: "WhatsApp does not take the clinic's access token any more: an owner must renew it.",
    131031: "WhatsApp has locked the clinic's account: an owner must look into Meta's business settings.",
    368: "WhatsApp has restricted the clinic for breaking its policies: an owner must look into it with Meta.",
    137000: "The patient's WhatsApp has changed hands or phones: make sure by a call who it is.",
    # Twilio's (https://www.twilio.com/docs/api/errors), of WhatsApp and of text messages
    20003: "Twilio does not take the clinic's auth token any more: an owner must enter the present one.",
    21211: "The number is none that messages can be sent to: correct the patient's number.",
    21408: "The clinic's Twilio account may not send text messages to this country: ask an owner.",
    21606: "The clinic's number cannot send text messages: an owner should look at it.",
    21608: "The clinic's Twilio account is on trial and writes to its own test numbers only: ask an owner.",
    21610: "The patient answered our text messages with STOP: respect it, and call where it matters.",
    21614: "The number is no mobile telephone's, so it gets no text messages: call.",
    30003: "The telephone was switched off or out of reach: call.",
    30004: "The patient's telephone refuses our text messages: call.",
    30005: "The number does not exist, or not any more: check it with the patient.",
    30006: "The number is a landline's, or its network takes no text messages: call.",
    30007: "The network took the text message for advertising and held it back: ask an owner, and call.",
    30008: "The network did not deliver the text message and gives no reason: call.",
    30034: "The clinic's number is not registered for text messages to this country: ask an owner.",
    63003: "The number cannot be reached on WhatsApp: check it with the patient, or call.",
    63007: "Twilio does not know the clinic's WhatsApp number: an owner should look at it.",
    63013: "WhatsApp has restricted the clinic for breaking its policies: an owner must look into it with Twilio.",
    63014: "The patient does not want such messages: respect it, and call where it matters.",
    63016: "The patient has not written for 24 hours, so only a template could be sent.",
    63018: "Too many messages in a short time: it is tried again in a while.",
    63020: "WhatsApp does not serve the clinic's account just now (is it paid?): an owner must look into it.",
    63022: "WhatsApp has not approved the clinic's display name yet: ask an owner.",
    63024: "The number cannot be reached on WhatsApp: check it with the patient, or call.",
    63027: "WhatsApp has paused or disabled the template, or does not know it in this language: ask an owner.",
    63028: "The template's variables do not fit what was sent: an owner should look at the template.",
    63032: "WhatsApp held this message back in one of its experiments: call, or try again tomorrow.",
    63033: "The patient's number is blocked from our messages: call.",
    63038: "The clinic's Twilio account has sent all that it may in a day: it is tried again tomorrow.",
    63049: "WhatsApp limits how much this patient gets just now: try again tomorrow, or call.",
}  # fmt: skip

BY_WORD = {
    "template_not_approved": "There is no approved template for it yet: it waits, and goes as soon as there is one.",
    "cancelled": "The visit was cancelled, so it was not sent.",
    "moved": "The visit was moved, so it was not sent: there is a new one for the new time.",
    "over": "The visit had begun, or was over for too long, so it was not sent.",
    "queue_moved_on": "The queue had moved on, so it was not sent.",
    "taken_back": "Staff took back how the visit was marked, so it was not sent.",
    "gone": "The visit, or what it was about, is no longer there.",
    "no_consent": "The patient does not agree to be written to.",
    "stopped": "The patient wrote STOP: only what they ask for is sent. Call them if it matters.",
    "no_marketing": "The patient wants no advertising on WhatsApp.",
    "not_expected": "The patient was here already, so it was not sent.",
    "not_cancelled": "The visit takes place after all, so it was not sent.",
    "offer_over": "The offer had ended, so it was not sent.",
    "doctor_away": "The doctor is away then and the patient is offered other times, so it was not sent.",
    "resolved": "The callback was dealt with meanwhile, so it was not sent.",
    "called_since": "The patient was called once more meanwhile, so it was not sent.",
    "call_over": "It would have come after the next call, or long after the last one, so it was not sent.",
    "decision_over": "It could not be sent in time after the decision to forget the patient, or not to.",
    "not_connected": "The clinic has no number for text messages any more: ask an owner.",
    "no_number": "We know no telephone number of this patient's: ask for it.",
    "halt": "The clinic's WhatsApp number is stopped: an owner should look at its settings.",
    "ambiguous": "WhatsApp did not say whether it took the message: look at the chat before sending it again.",
    "permanent": "WhatsApp refused the message for good: call the patient.",
}
UNKNOWN = "WhatsApp did not deliver it and gives no reason that we know: try again, or call the patient."


@dataclass(frozen=True, slots=True)
class Reason:
    """``code``: the provider's number or our word, as a filter takes it; ``says`` what to do."""

    code: str
    says: str


def reason_of(error: str) -> Reason | None:
    """The reason behind what the ledger keeps; None where nothing went wrong."""
    if not error:
        return None
    number = CODE.search(error)
    word = error.split()[0]
    if number and (said := BY_CODE.get(int(number[0]))):
        return Reason(number[0], said)
    code = number[0] if number and int(number[0]) else word
    return Reason(code, BY_WORD.get(word, UNKNOWN))
