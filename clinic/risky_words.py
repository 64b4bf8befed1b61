"""Words by which a reviewer takes a message for advertising, or for asking what WhatsApp forbids; by language."""

import re
from collections.abc import Mapping
from functools import cache

Words = Mapping[str, str]

# Meta's categories: what promotes, offers again or misses somebody is marketing, whatever else it says.
MARKETING: Words = {
    "en": "discount|% off|special offer|sale|promo|promotion|coupon|voucher|free of charge|for free|free check|gift|"
    "limited time|hurry|don't miss|buy now|best price|refer a friend|we miss you|book again|it's time for your",
    "hi": "छूट|डिस्काउंट|ऑफ़र|ऑफर|मुफ़्त|मुफ्त|कूपन|उपहार|सीमित समय|जल्दी करें|अभी खरीदें",
    "es": "descuento|oferta especial|promoción|rebaja|gratis|cupón|regalo|tiempo limitado|no se pierda|mejor precio|"
    "le echamos de menos",
    "ar": "خصم|تخفيض|عرض خاص|مجانا|مجانًا|كوبون|قسيمة|هدية|لفترة محدودة|لا تفوت|اشتر الآن|اشتقنا",
    "pt": "desconto|oferta especial|promoção|promo|grátis|gratuito|cupom|brinde|tempo limitado|não perca|melhor preço|"
    "sentimos sua falta",
    "fr": "réduction|remise|offre spéciale|promotion|promo|soldes|gratuit|coupon|cadeau|durée limitée|"
    "ne manquez pas|meilleur prix|vous nous manquez",
}  # fmt: skip

# The policy for business messages: no identity or card numbers, no passwords; and nothing about health in a chat.
SENSITIVE: Words = {
    "en": "passport|aadhaar|social security|national id|id number|identity number|card number|cvv|password|"
    "bank account|iban|your diagnosis|symptom|medical history|test result|your illness|your disease",
    "hi": "आधार नंबर|आधार संख्या|आधार कार्ड|पासपोर्ट|पासवर्ड|पहचान संख्या|कार्ड नंबर|बैंक खाता|लक्षण|बीमारी|रोग का|जाँच की रिपोर्ट",
    "es": "pasaporte|dni|número de identidad|seguridad social|número de tarjeta|contraseña|cuenta bancaria|iban|"
    "su diagnóstico|síntoma|historial médico|su enfermedad|resultado de su",
    "ar": "جواز السفر|رقم الهوية|بطاقة الهوية|رقم البطاقة|كلمة المرور|كلمة السر|الحساب البنكي|تشخيصك|الأعراض|مرضك",
    "pt": "passaporte|cpf|rg|número do cartão|senha|conta bancária|seu diagnóstico|sintoma|histórico médico|sua doença|"
    "resultado do exame",
    "fr": "passeport|carte d'identité|sécurité sociale|numéro de carte|mot de passe|compte bancaire|iban|"
    "votre diagnostic|symptôme|antécédents|votre maladie|résultat d'analyse",
}  # fmt: skip


def marketing(language: str, text: str) -> str:
    """The first word in it that promotes; empty where none does."""
    return _first(_pattern("marketing", language), text)


def sensitive(language: str, text: str) -> str:
    """The first word in it that asks for, or tells, what has no place in a chat; empty where none does."""
    return _first(_pattern("sensitive", language), text)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text.casefold().replace("’", "'"))
    return found[0] if found else ""


@cache
def _pattern(kind: str, language: str) -> re.Pattern[str]:
    """A word counts only where it begins, and short ones only whole: "rg" is not in "urgent". Devanagari's vowel signs
    are no letters for a pattern, so its words are looked for anywhere, as are Arabic ones with their prefixes."""
    words = {"marketing": MARKETING, "sensitive": SENSITIVE}[kind].get(language, "")
    parts = [_part(word.casefold()) for word in words.split("|") if word]
    return re.compile("|".join(parts) or r"(?!)")


def _part(word: str) -> str:
    begins = r"(?<!\w)" if word[0].isascii() and word[0].isalpha() else ""
    ends = r"(?!\w)" if begins and len(word) <= 5 else ""
    return begins + re.escape(word) + ends
