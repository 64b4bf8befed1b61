"""Identifiers that look like Meta's: message ids, user ids, media and template ids."""

import base64
import hashlib
import itertools
import secrets

# longest prefix first; a BSUID begins with the country of the number
COUNTRIES = {
    "1": "US",
    "20": "EG",
    "27": "ZA",
    "33": "FR",
    "34": "ES",
    "351": "PT",
    "44": "GB",
    "49": "DE",
    "52": "MX",
    "54": "AR",
    "55": "BR",
    "57": "CO",
    "62": "ID",
    "91": "IN",
    "92": "PK",
    "966": "SA",
    "971": "AE",
}

_FROM_US, _FROM_USER = b"\x11", b"\x12"
_numbers = itertools.count(secrets.randbelow(10**9))


def wamid(wa_id: str, *, from_user: bool) -> str:
    """A new message id, laid out as the real ones are: the person's number, a direction and a random part."""
    who = wa_id.encode()[:40]
    unique = secrets.token_hex(9).upper().encode()
    way = _FROM_USER if from_user else _FROM_US
    head = b"\x1c\x18" + bytes([len(who)]) + who + b"\x15\x02\x00" + way
    return "wamid." + base64.b64encode(head + b"\x18\x12" + unique + b"\x00").decode()


def country(wa_id: str) -> str:
    """The ISO code of a number's country."""
    found = (COUNTRIES.get(wa_id[:length]) for length in (3, 2, 1))
    return next((code for code in found if code), "US")


def bsuid(seed: str, waba_id: str) -> str:
    """The person's business-scoped user id: the same for one business, another one for the next."""
    digest = hashlib.sha256(f"{seed}:{waba_id}".encode()).digest()
    return f"{country(seed)}.{int.from_bytes(digest[:8], 'big') % 10**17 + 10**17}"


def object_id() -> str:
    """A new id for a template or a media file."""
    return str(10**15 + next(_numbers))
