"""Whether Twilio sent a webhook: its signature over the public address and all parameters.

https://www.twilio.com/docs/usage/security. The address is the one that was entered at Twilio, byte for byte: what a
proxy makes of it on the way does not matter.
"""

from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from bot.channels.directory import Number
from bot.twilio.form import Form

SIGNATURE = SIGNATURE_HEADER.lower().encode()
SETTINGS = SIGNATURE_SETTINGS_HEADER.lower().encode()
Headers = dict[bytes, bytes]


def proven(number: Number, address: str, form: Form, headers: Headers) -> bool:
    """Signed with the number's auth token; by the newer header with its shared key, where it has one."""
    settings, signature = (headers.get(name, b"").decode("latin-1") for name in (SETTINGS, SIGNATURE))
    secret = number.shared_key if settings and number.shared_key else number.token
    return bool(
        RequestValidator(secret).validate(address, form, signature, algorithm=get_signature_algorithm(settings))
    )
