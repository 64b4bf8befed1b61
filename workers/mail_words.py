"""What mails to staff say, in the languages that staff may choose; others read English."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Subject and body; ``{practice}``, ``{name}`` and ``{link}`` are filled in."""

    subject: str
    body: str


WORDS: dict[str, dict[str, Words]] = {
    "invitation": {
        "en": Words(
            "Your account at {practice}",
            "Hello {name},\n\n{practice} has made you an account for its front desk. Choose your password here "
            "(the link is good once, for 7 days):\n\n{link}\n\nIf you did not expect this, ignore it.\n",
        ),
        "hi": Words(
            "{practice} में आपका खाता",
            "नमस्ते {name},\n\n{practice} ने अपने फ्रंट डेस्क पर आपका खाता बनाया है। अपना पासवर्ड यहाँ चुनें "
            "(लिंक 7 दिनों तक, एक बार काम करेगा):\n\n{link}\n\nअगर आपको इसकी अपेक्षा नहीं थी, तो इसे अनदेखा करें।\n",
        ),
        "es": Words(
            "Su cuenta en {practice}",
            "Hola, {name}:\n\n{practice} le ha creado una cuenta para su recepción. Elija aquí su contraseña "
            "(el enlace sirve una vez, durante 7 días):\n\n{link}\n\nSi no lo esperaba, no haga nada.\n",
        ),
        "ar": Words(
            "حسابك لدى {practice}",
            "مرحبًا {name}،\n\nأنشأت {practice} حسابًا لك في مكتب الاستقبال. اختر كلمة المرور هنا "
            "(الرابط صالح مرة واحدة لمدة 7 أيام):\n\n{link}\n\nإذا لم تكن تتوقع هذه الرسالة فتجاهلها.\n",
        ),
        "pt": Words(
            "Sua conta em {practice}",
            "Olá, {name},\n\n{practice} criou uma conta para você na recepção. Escolha sua senha aqui "
            "(o link vale uma vez, por 7 dias):\n\n{link}\n\nSe não esperava por isto, ignore esta mensagem.\n",
        ),
        "fr": Words(
            "Votre compte chez {practice}",
            "Bonjour {name},\n\n{practice} vous a créé un compte pour son accueil. Choisissez ici votre mot de passe "
            "(le lien sert une fois, pendant 7 jours) :\n\n{link}\n\nSi vous ne l'attendiez pas, ignorez ce message.\n",
        ),
    },
    "reset": {
        "en": Words(
            "Set a new password",
            "Hello {name},\n\nsomebody, probably you, asked for a new password at {practice}. Choose it here "
            "(the link is good once, for one hour):\n\n{link}\n\nIf it was not you, ignore this: nothing changes.\n",
        ),
        "hi": Words(
            "नया पासवर्ड चुनें",
            "नमस्ते {name},\n\nकिसी ने, शायद आपने, {practice} में नया पासवर्ड माँगा है। उसे यहाँ चुनें "
            "(लिंक एक घंटे तक, एक बार काम करेगा):\n\n{link}\n\nअगर आपने नहीं माँगा, तो अनदेखा करें: कुछ नहीं बदलेगा।\n",
        ),
        "es": Words(
            "Elija una contraseña nueva",
            "Hola, {name}:\n\nalguien, seguramente usted, pidió una contraseña nueva en {practice}. Elíjala aquí "
            "(el enlace sirve una vez, durante una hora):\n\n{link}\n\nSi no fue usted, no haga nada: nada cambia.\n",
        ),
        "ar": Words(
            "تعيين كلمة مرور جديدة",
            "مرحبًا {name}،\n\nطلب شخص ما، ربما أنت، كلمة مرور جديدة لدى {practice}. اخترها هنا "
            "(الرابط صالح مرة واحدة لمدة ساعة):\n\n{link}\n\nإذا لم تكن أنت فتجاهل الرسالة: لن يتغير شيء.\n",
        ),
        "pt": Words(
            "Escolha uma nova senha",
            "Olá, {name},\n\nalguém, provavelmente você, pediu uma nova senha em {practice}. Escolha-a aqui "
            "(o link vale uma vez, por uma hora):\n\n{link}\n\nSe não foi você, ignore: nada muda.\n",
        ),
        "fr": Words(
            "Choisissez un nouveau mot de passe",
            "Bonjour {name},\n\nquelqu'un, sans doute vous, a demandé un nouveau mot de passe chez {practice}. "
            "Choisissez-le ici (le lien sert une fois, pendant une heure) :\n\n{link}\n\n"
            "Si ce n'était pas vous, ignorez ce message : rien ne change.\n",
        ),
    },
    "password_changed": {
        "en": Words(
            "Your password was changed",
            "Hello {name},\n\nyour password at {practice} was changed just now. If that was not you, ask your "
            "manager or owner at once to suspend your account.\n",
        ),
        "hi": Words(
            "आपका पासवर्ड बदल गया है",
            "नमस्ते {name},\n\n{practice} में आपका पासवर्ड अभी बदला गया है। अगर यह आपने नहीं किया, तो तुरंत अपने "
            "मैनेजर या मालिक से अपना खाता रुकवाएँ।\n",
        ),
        "es": Words(
            "Su contraseña ha cambiado",
            "Hola, {name}:\n\nsu contraseña en {practice} acaba de cambiar. Si no fue usted, pida enseguida a su "
            "responsable que suspenda su cuenta.\n",
        ),
        "ar": Words(
            "تم تغيير كلمة مرورك",
            "مرحبًا {name}،\n\nتم تغيير كلمة مرورك لدى {practice} الآن. إذا لم تكن أنت فاطلب فورًا من المدير إيقاف "
            "حسابك.\n",
        ),
        "pt": Words(
            "Sua senha foi alterada",
            "Olá, {name},\n\nsua senha em {practice} acaba de ser alterada. Se não foi você, peça já ao gerente que "
            "suspenda a sua conta.\n",
        ),
        "fr": Words(
            "Votre mot de passe a changé",
            "Bonjour {name},\n\nvotre mot de passe chez {practice} vient de changer. Si ce n'était pas vous, demandez "
            "aussitôt à votre responsable de suspendre votre compte.\n",
        ),
    },
}


def words(kind: str, language: str) -> Words:
    """In that language, or in English."""
    return WORDS[kind].get(language, WORDS[kind]["en"])
