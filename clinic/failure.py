"""Why a message did not arrive, in a sentence for staff that says what to do."""

UNKNOWN = "WhatsApp did not deliver it: try again, or call the patient."
SENTENCES: dict[int, str] = {
    130472: "WhatsApp keeps this patient's number out of such messages for an experiment of its own: call the patient.",
    130497: "WhatsApp does not let this number write to the patient's country: call the patient.",
    131026: "The number is not on WhatsApp, or its WhatsApp is too old: call the patient.",
    131042: "WhatsApp stopped sending because of a payment problem: ask an owner to look at the account's billing.",
    131045: "Our number is not registered with WhatsApp any more: ask an owner to look at the channel.",
    131047: "The patient last wrote more than 24 hours ago: send a template.",
    131048: "WhatsApp limits our number because too many people blocked or reported it: call the patient.",
    131049: "WhatsApp held it back because the patient gets many such messages: try again tomorrow, or call.",
    131050: "The patient has asked WhatsApp for no more messages of this kind: call the patient.",
    131051: "WhatsApp does not know this kind of message: write it as plain text.",
    131052: "The file that the patient sent could not be fetched: ask for it again.",
    131053: "The file could not be sent: try another format.",
    131056: "Too many messages to this patient in a short time: wait a minute, then try again.",
    132000: "The template was filled with the wrong number of values: ask an owner to look at the template.",
    132001: "The template does not exist in this language with WhatsApp: ask an owner to look at the template.",
    132005: "The template becomes too long with these values: ask an owner to shorten it.",
    132007: "The template breaks a rule of WhatsApp's: ask an owner to look at the template.",
    132015: "WhatsApp paused the template because patients complained: use another one.",
    132016: "WhatsApp disabled the template: use another one.",
    190: "The access to our WhatsApp number has run out: ask an owner to renew the channel's token.",
    63003: "The number is not on WhatsApp: call the patient.",
    63014: "The patient has asked WhatsApp for no more messages of this kind: call the patient.",
    63016: "The patient last wrote more than 24 hours ago: send a template.",
    63018: "Too many messages in a short time: wait a minute, then try again.",
    63020: "WhatsApp does not serve our account just now: ask an owner to look at it, its billing, too.",
    63024: "The number is not on WhatsApp, or its WhatsApp is too old: call the patient.",
    63027: "WhatsApp paused the template, or does not know it in this language: use another one.",
    63032: "WhatsApp keeps this patient's number out of such messages for an experiment of its own: call the patient.",
    63049: "WhatsApp held it back because the patient gets many such messages: try again tomorrow, or call.",
    20003: "The access to our Twilio account has run out: ask an owner to renew the number's auth token.",
    368: "WhatsApp has blocked our account for a while: ask an owner to look at the account.",
}


def reason(error: str) -> str:
    """``error`` as stored with a message: the provider's code and title. Empty for none."""
    if not error:
        return ""
    code = error.split(maxsplit=1)[0]
    return SENTENCES.get(int(code), UNKNOWN) if code.isascii() and code.isdecimal() else UNKNOWN
