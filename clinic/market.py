"""The market that a patient's number belongs to: WhatsApp's prices depend on it. Pure."""

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

UNKNOWN = "ZZ"
LONGEST = 3  # digits of a country code


def market_of(wa_id: str, user_id: str = "") -> str:
    """The country (ISO, two letters) by the number's country code, of several that share one the largest (+1: US);
    without a number by the provider's id of the user, which begins with it; ``ZZ`` where neither tells."""
    for length in range(1, LONGEST + 1):
        if regions := COUNTRY_CODE_TO_REGION_CODE.get(int(wa_id[:length])) if wa_id[:length].isdecimal() else None:
            return str(regions[0])
    country = user_id[:2]
    return country if user_id[2:3] == "." and country.isascii() and country.isalpha() and country.isupper() else UNKNOWN
