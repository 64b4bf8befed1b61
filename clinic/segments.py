"""How many text messages a text makes: what a practice pays for. Pure.

160 characters of the GSM alphabet fit into one, 70 of any other; of a text in several each holds 153, or 67, since
it says which part it is (3GPP TS 23.038 and 23.040).
"""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("^{}\\[~]|€\f")  # cost two
ALONE, PART = 160, 153
WIDE_ALONE, WIDE_PART = 70, 67
# What a pretty sign becomes where it alone would make all of the text cost more than twice as much.
PLAINER = str.maketrans({
    "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‐": "-", "…": "...",
    "\u00a0": " ", "\u202f": " ", "•": "-", "·": "-", "á": "a", "í": "i", "ó": "o", "ú": "u", "â": "a", "ê": "e",
    "î": "i", "ô": "o", "û": "u", "ã": "a", "õ": "o", "ç": "c", "ë": "e", "ï": "i", "Á": "A", "Í": "I", "Ó": "O",
    "Ú": "U", "Â": "A", "Ê": "E", "Ô": "O", "Ã": "A", "Õ": "O", "À": "A", "È": "E", "œ": "oe", "Œ": "OE",
})  # fmt: skip


def is_gsm(text: str) -> bool:
    """Whether the GSM alphabet has all of it."""
    return all(letter in BASIC or letter in TWICE for letter in text)


def plainest(text: str) -> str:
    """The text with plainer signs where all of it fits the GSM alphabet then, else as it is: a name in another script
    is not worth mutilating."""
    plain = text.translate(PLAINER)
    return plain if is_gsm(plain) else text


def segments(text: str) -> int:
    """The text messages that it makes; none for an empty one."""
    if is_gsm(text):
        return _parts(sum(2 if letter in TWICE else 1 for letter in text), ALONE, PART)
    return _parts(len(text.encode("utf-16-le")) // 2, WIDE_ALONE, WIDE_PART)


def _parts(length: int, alone: int, part: int) -> int:
    return int(length > 0) if length <= alone else -(-length // part)
