"""What mails to staff say, in the languages that staff may choose; others read English."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Subject and body; ``{practice}``, ``{name}`` and ``{link}`` are filled in, ``{number}`` of those about one."""

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
    "number_silent": {
        "en": Words(
            "WhatsApp sends nothing from {number}",
            "Hello {name},\n\nWhatsApp sends nothing from {number} of {practice} at the moment. Most often a payment "
            "method is missing or was refused: look at the provider's billing settings, then at the number's page "
            "here, which says what WhatsApp answers. What patients write is kept, and the number tries again by "
            "itself.\n",
        ),
        "hi": Words(
            "{number} से WhatsApp कुछ नहीं भेज रहा",
            "नमस्ते {name},\n\n{practice} के {number} से WhatsApp अभी कुछ नहीं भेज रहा। अक्सर भुगतान का तरीका नहीं "
            "जुड़ा होता या अस्वीकार हो गया होता है: प्रदाता की बिलिंग सेटिंग देखें, फिर यहाँ नंबर का पेज, जो बताता "
            "है कि WhatsApp क्या कहता है। मरीज़ जो लिखते हैं वह सुरक्षित रहता है, और नंबर अपने आप फिर कोशिश करता "
            "है।\n",
        ),
        "es": Words(
            "WhatsApp no envía nada desde {number}",
            "Hola, {name}:\n\nWhatsApp no envía nada en este momento desde {number} de {practice}. Casi siempre "
            "falta un método de pago o fue rechazado: revise la facturación en su proveedor y después la página del "
            "número aquí, que dice qué responde WhatsApp. Lo que escriben los pacientes se guarda, y el número lo "
            "vuelve a intentar solo.\n",
        ),
        "ar": Words(
            "واتساب لا يرسل شيئًا من {number}",
            "مرحبًا {name}،\n\nلا يرسل واتساب حاليًا أي شيء من الرقم {number} لدى {practice}. غالبًا ما تكون وسيلة "
            "الدفع ناقصة أو مرفوضة: راجع إعدادات الفوترة لدى المزوّد، ثم صفحة الرقم هنا التي تبيّن ما يجيب به "
            "واتساب. ما يكتبه المرضى محفوظ، والرقم يحاول من جديد تلقائيًا.\n",
        ),
        "pt": Words(
            "O WhatsApp não envia nada de {number}",
            "Olá, {name},\n\no WhatsApp não está enviando nada de {number} de {practice}. Quase sempre falta um meio "
            "de pagamento ou ele foi recusado: veja a cobrança no provedor e depois a página do número aqui, que diz "
            "o que o WhatsApp responde. O que os pacientes escrevem fica guardado, e o número tenta de novo "
            "sozinho.\n",
        ),
        "fr": Words(
            "WhatsApp n'envoie plus rien depuis {number}",
            "Bonjour {name},\n\nWhatsApp n'envoie rien en ce moment depuis {number} de {practice}. Le plus souvent "
            "un moyen de paiement manque ou a été refusé : voyez la facturation chez le fournisseur, puis la page du "
            "numéro ici, qui dit ce que répond WhatsApp. Ce qu'écrivent les patients est conservé, et le numéro "
            "réessaie tout seul.\n",
        ),
    },
    "number_quality": {
        "en": Words(
            "WhatsApp rates {number} low",
            "Hello {name},\n\nWhatsApp rates the quality of {number} of {practice} as low: patients block or report "
            "it. Send less that nobody asked for, and shorter. WhatsApp may lower how many patients it may write "
            "to.\n",
        ),
        "hi": Words(
            "WhatsApp ने {number} की गुणवत्ता कम बताई है",
            "नमस्ते {name},\n\nWhatsApp ने {practice} के {number} की गुणवत्ता कम बताई है: मरीज़ उसे ब्लॉक या रिपोर्ट "
            "करते हैं। बिना माँगे संदेश कम और छोटे भेजें। WhatsApp घटा सकता है कि नंबर कितने मरीज़ों को लिख सके।\n",
        ),
        "es": Words(
            "WhatsApp califica mal {number}",
            "Hola, {name}:\n\nWhatsApp califica como baja la calidad de {number} de {practice}: hay pacientes que lo "
            "bloquean o lo denuncian. Envíe menos mensajes que nadie pidió, y más cortos. WhatsApp puede reducir a "
            "cuántos pacientes puede escribir.\n",
        ),
        "ar": Words(
            "واتساب يقيّم {number} تقييمًا منخفضًا",
            "مرحبًا {name}،\n\nيقيّم واتساب جودة الرقم {number} لدى {practice} بأنها منخفضة: بعض المرضى يحظرونه أو "
            "يبلّغون عنه. قلّل من الرسائل التي لم يطلبها أحد واختصرها. قد يخفض واتساب عدد المرضى الذين يمكن "
            "مراسلتهم.\n",
        ),
        "pt": Words(
            "O WhatsApp avalia mal {number}",
            "Olá, {name},\n\no WhatsApp avalia como baixa a qualidade de {number} de {practice}: pacientes bloqueiam "
            "ou denunciam o número. Envie menos do que ninguém pediu, e mais curto. O WhatsApp pode reduzir a "
            "quantos pacientes ele pode escrever.\n",
        ),
        "fr": Words(
            "WhatsApp juge mal {number}",
            "Bonjour {name},\n\nWhatsApp juge basse la qualité de {number} de {practice} : des patients le bloquent "
            "ou le signalent. Envoyez moins de messages que personne n'a demandés, et plus courts. WhatsApp peut "
            "réduire le nombre de patients auxquels il peut écrire.\n",
        ),
    },
    "number_restricted": {
        "en": Words(
            "WhatsApp has restricted {number}",
            "Hello {name},\n\nWhatsApp has restricted the account of {number} of {practice}. Look at its quality "
            "page at the provider, which says why and until when, and appeal there.\n",
        ),
        "hi": Words(
            "WhatsApp ने {number} पर रोक लगाई है",
            "नमस्ते {name},\n\nWhatsApp ने {practice} के {number} के खाते पर रोक लगाई है। प्रदाता के यहाँ उसका "
            "गुणवत्ता पेज देखें, जो बताता है कि क्यों और कब तक, और वहीं अपील करें।\n",
        ),
        "es": Words(
            "WhatsApp ha restringido {number}",
            "Hola, {name}:\n\nWhatsApp ha restringido la cuenta de {number} de {practice}. Mire su página de calidad "
            "en el proveedor, que dice por qué y hasta cuándo, y apele allí.\n",
        ),
        "ar": Words(
            "قيّد واتساب {number}",
            "مرحبًا {name}،\n\nقيّد واتساب حساب الرقم {number} لدى {practice}. انظر صفحة الجودة لدى المزوّد، فهي "
            "تبيّن السبب والمدة، وقدّم اعتراضك هناك.\n",
        ),
        "pt": Words(
            "O WhatsApp restringiu {number}",
            "Olá, {name},\n\no WhatsApp restringiu a conta de {number} de {practice}. Veja a página de qualidade no "
            "provedor, que diz por que e até quando, e recorra por lá.\n",
        ),
        "fr": Words(
            "WhatsApp a restreint {number}",
            "Bonjour {name},\n\nWhatsApp a restreint le compte de {number} de {practice}. Voyez sa page de qualité "
            "chez le fournisseur, qui dit pourquoi et jusqu'à quand, et faites appel là-bas.\n",
        ),
    },
}


def words(kind: str, language: str) -> Words:
    """In that language, or in English."""
    return WORDS[kind].get(language, WORDS[kind]["en"])
