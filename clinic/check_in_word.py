"""The word in a clinic's QR code, by which "I am here" is known to be written at its door.

The code opens a chat with words such as "I am here K7P4QX" typed in. Patients change the words; only the code counts,
in whatever company, case or grouping it comes.
"""

import re
import unicodedata
from hashlib import sha256
from urllib.parse import quote

from clinic.appointment import ALPHABET
from clinic.place import Clinic

LENGTH = 6
_GROUP = rf"([{ALPHABET}]{{3}})"
_GROUPS = re.compile(rf"(?<![A-Z0-9])(?={_GROUP}[-.\s]?{_GROUP}(?![A-Z0-9]))")


def word_of(clinic: Clinic) -> str:
    """The clinic's own, or one made from its id: the same for ever, and unlike any other clinic's."""
    return clinic.check_in_word or made(f"check-in {clinic.tenant_id} {clinic.id}")


def made(seed: str) -> str:
    """Six letters and digits: the same for the same seed, for ever."""
    number, letters = int.from_bytes(sha256(seed.encode()).digest()), ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters += ALPHABET[place]
    return letters


def words_in(text: str) -> list[str]:
    """Everything in a text that could be such a word."""
    return ["".join(found.groups()) for found in _GROUPS.finditer(folded(text))]


def folded(text: str) -> str:
    """In capitals without accents and unseen marks, with Latin digits: a translated text may have others."""
    if text.isascii():
        return text.upper()
    seen = (each for each in unicodedata.normalize("NFKD", text) if unicodedata.category(each) != "Cf")
    return "".join(str(unicodedata.decimal(each, each)) for each in seen).upper()


def link(phone: str, greeting: str, word: str) -> str:
    """The address for the QR code: WhatsApp opens with the words typed in. ``phone`` in digits, with its country's."""
    return chat_link(phone, f"{greeting} {word}".strip())


def chat_link(phone: str, text: str) -> str:
    """The address that opens a chat with this number, the text typed in."""
    digits = "".join(filter(str.isdigit, phone))
    return f"https://wa.me/{digits}?text={quote(text, safe='')}"
