"""Whom to call in an emergency, country by country: where an ambulance answers, or the number that takes all calls.

The numbers are those that Google's libphonenumber lists as emergency numbers of the country (a test compares them with
the installed package ``phonenumbers``); where a country has several, the one that brings an ambulance. Elsewhere 112
is told, which every mobile phone puts through to the local emergency service (3GPP TS 22.101, section 10).
"""

from functools import lru_cache

from babel.core import get_global

ANYWHERE = "112"
LISTED = """
112  AO AT BE CH DE ES FI FR GR ID IE IN IT KW LU NL PL PT RO RU RW SE TR TZ UA ZA
911  CA CR DO EC ET JO MX PA PH PR PY SV US UY VE
999  BD BH GB HK KE MY QA SD UG
000 AU     101 IL PS   102 NP     104 CU     107 AR   110 LK SY   111 NZ   114 MU   115 IR VN    117 MZ PE
118 BO HT  119 JP KR TW  120 CN   122 IQ     123 CO EG  128 NI    131 CL   140 LB   15 MA ML     18 SN
190 TN     191 YE   192 BR   193 GH LY   14 DZ   199 HN NG   995 SG   997 SA   998 AE   9999 OM  1122 PK   1669 TH
"""


def _read(listed: str) -> dict[str, str]:
    """Country -> number."""
    numbers: dict[str, str] = {}
    number = ""
    for word in listed.split():
        if word.isdigit():
            number = word
        else:
            numbers[word] = number
    return numbers


NUMBERS = _read(LISTED)


@lru_cache(512)
def country_of(zone: str) -> str:
    """The country (ISO 3166, two letters) of an IANA zone, as Unicode's CLDR tells it; empty where it tells none."""
    name = get_global("zone_aliases").get(zone, zone)
    found = str(get_global("zone_territories").get(name, ""))
    return found if found.isalpha() and found != "ZZ" else ""


def emergency_number(country: str) -> str:
    """The number of the country's emergency service."""
    return NUMBERS.get(country, ANYWHERE)
