"""The confirmation template of the demo, in the languages of the chat and with the provider's codes for them."""

CONFIRMATION = "appointment_confirmed"
PARAMETERS = ["patient", "doctor", "clinic", "date", "time", "reference"]
CONFIRMED = {
    "en": (
        "en",
        "Hello {{1}}, your visit is booked: {{2}} at {{3}}, {{4}}, {{5}}. Your reference is {{6}}. "
        "If you cannot come, please write to us here.",
    ),
    "hi": (
        "hi",
        "नमस्ते {{1}}, आपका अपॉइंटमेंट बुक हो गया है: {{2}}, {{3}}, {{4}}, {{5}}। आपका रेफ़रेंस नंबर {{6}} है। "
        "अगर आप नहीं आ सकें, तो कृपया हमें यहीं लिखें।",
    ),
    "es": (
        "es",
        "Hola, {{1}}: su cita está reservada con {{2}} en {{3}}, el {{4}}, a las {{5}}. Su referencia es {{6}}. "
        "Si no puede venir, escríbanos por aquí.",
    ),
    "ar": (
        "ar",
        "مرحبًا {{1}}، تم حجز موعدك مع {{2}} في {{3}}، {{4}}، الساعة {{5}}. رقم الحجز هو {{6}}. "
        "إذا تعذّر عليك الحضور، يُرجى مراسلتنا هنا.",
    ),
    "pt": (
        "pt_BR",
        "Olá, {{1}}. Sua consulta está marcada com {{2}} em {{3}}, {{4}}, às {{5}}. Seu código é {{6}}. "
        "Se não puder vir, escreva para nós por aqui.",
    ),
    "fr": (
        "fr",
        "Bonjour {{1}}, votre rendez-vous est confirmé : {{2}}, {{3}}, le {{4}} à {{5}}. Votre référence est {{6}}. "
        "En cas d'empêchement, écrivez-nous ici.",
    ),
}
