"""Words that mean the same at every step, and words that only look like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.words.command import COMMANDS, command
from flows.words.table import LANGUAGES, table

SAID = {
    "en": {
        "menu": "menu, Main menu!, show menu please",
        "back": "back, go back, Back., please go back, BACK, previous",
        "restart": "start over, restart, restrat, start again, Start over please",
        "help": "help, HELP!!, can you help me please, helppp",
        "human": "human, i want to talk to a human, speak to a person please, receptionist, receptionis, call me",
        "language": "language, change language, langauge",
        "greeting": "hi, Hi!, hiiii, hello, helo, hey, good morning, 👋",
        "yes": "yes, Yes please, yesss, ok, y, 👍, 👍🏽, confirm, go ahead, ✅, sure",
        "no": "no, nope, No thanks, ❌, not now",
        "more": "more, show more, next, later, see more",
        "any_doctor": "any, any doctor, anyone, no preference, whoever is free",
        "me": "me, for me, myself, for myself",
        "other_person": "someone else, for my wife, my son, for my mother, Another person",
        "thanks": "thanks, Thank you!, thank you so much, thx, ok thanks, 🙏",
        "appointments": "my appointments, My appointment?, show my bookings, when is my appointment, my apointments",
        "come": "I will come, i'll come, coming, Yes I will come",
        "move": "reschedule, reshedule, please change my appointment, prepone, postpone my appointment",
        "cancel": "cancel, Cancel my appointment, please cancel my booking, cancle, i can't come, i want to cancel",
    },
    "hi": {
        "menu": "मेनू, menu",
        "back": "वापस, वापस जाएं, wapas, vapas, wapas jao, peeche",
        "restart": "फिर से शुरू करें, phir se shuru karo, शुरू से",
        "help": "मदद, मदद चाहिए, madad, madad karo, sahayta, सहायता",
        "human": "किसी से बात करनी है, kisi se baat karni hai, रिसेप्शन, insaan, mujhe call karo",
        "language": "भाषा, भाषा बदलें, bhasha, bhasha badlo",
        "greeting": "नमस्ते, namaste, नमस्कार, namaskar ji, hello, ram ram",
        "yes": "हाँ, हां, जी हाँ, ठीक है, haan, haan ji, theek hai, ji, thik hai",
        "no": "नहीं, जी नहीं, nahi, nahin, nhi, रहने दो",
        "more": "और, और दिखाइए, aur dikhao, और दिखाओ",
        "any_doctor": "कोई भी, कोई भी डॉक्टर, koi bhi, koi bhi doctor",
        "me": "मेरे लिए, mere liye, अपने लिए",
        "other_person": "किसी और के लिए, kisi aur ke liye, मेरी माँ के लिए, meri beti ke liye",
        "thanks": "धन्यवाद, शुक्रिया, dhanyavad, dhanyvad, shukriya",
        "appointments": "मेरी अपॉइंटमेंट, मेरी अपाइंटमेंट, meri appointment, मेरी अपॉइंटमेंट कब है, my appointments",
        "come": "मैं आऊंगी, मैं आऊँगा, aaunga, aa rahi hoon",
        "move": "समय बदलना है, samay badalna hai, time change karna hai, अपॉइंटमेंट बदलनी है",
        "cancel": "रद्द करो, रद्द करनी है, cancel karo, appointment cancel karni hai, कैंसिल, नहीं आ पाऊँगा, nahi aa paunga",
    },
    "ar": {
        "menu": "القائمة, قائمة",
        "back": "رجوع, ارجع, السابق",
        "restart": "من جديد, ابدأ من جديد, البدء من جديد",
        "help": "مساعدة, لو سمحت مساعدة, أحتاج مساعدة",
        "human": "موظف, أريد موظف, أريد التحدث مع موظف, اتصلوا بي, الاستقبال",
        "language": "اللغة, تغيير اللغة, غيّر اللغة",
        "greeting": "مرحبا, مرحباً, السلام عليكم, صباح الخير, أهلا, marhaba, salam",
        "yes": "نعم, أيوه, تمام, موافق, aywa, na3am",
        "no": "لا, لأ, لا شكراً, la2",
        "more": "المزيد, أكثر, التالي",
        "any_doctor": "أي طبيب, أي دكتور, لا يهم",
        "me": "لي, لي أنا, لنفسي",
        "other_person": "شخص آخر, لشخص آخر, لابني, لزوجتي",
        "thanks": "شكرا, شكراً, شكرا جزيلا, shukran",
        "appointments": "مواعيدي, موعدي, عرض مواعيدي, متى موعدي؟, حجوزاتي",
        "come": "سأحضر, نعم سأحضر, راح احضر",
        "move": "تغيير الموعد, تأجيل الموعد, أريد تأجيل الموعد, تعديل موعدي",
        "cancel": "إلغاء, إلغاء الموعد, الغاء الموعد, أريد إلغاء موعدي, لن أحضر",
    },
    "es": {
        "menu": "menú, Menu",
        "back": "atrás, volver, atras por favor",
        "restart": "empezar de nuevo, reiniciar, desde el principio",
        "help": "ayuda, ayuda por favor, necesito ayuda",
        "human": "persona, personna, quiero hablar con una persona, recepción, que me llamen",
        "language": "idioma, cambiar idioma, cambiar de idioma",
        "greeting": "hola, Buenos días, buenas, buenas tardes",
        "yes": "sí, si, vale, claro que sí, de acuerdo, Sí por favor",
        "no": "no, no gracias",
        "more": "más, ver más, siguiente",
        "any_doctor": "cualquiera, me da igual, cualquier doctor",
        "me": "para mí, yo, soy yo",
        "other_person": "otra persona, para mi hijo, para mi mamá, alguien más",
        "thanks": "gracias, muchas gracias, mil gracias",
        "appointments": "mis citas, Mi cita, ver mis citas, ¿cuándo es mi cita?",
        "come": "iré, sí iré, confirmo asistencia",
        "move": "cambiar mi cita, reprogramar, quiero cambiar mi cita, aplazar la cita",
        "cancel": "cancelar, cancelar mi cita, quiero anular mi cita, no puedo ir, cancelar la cita por favor",
    },
    "pt": {
        "menu": "menu, opções",
        "back": "voltar, Volta",
        "restart": "começar de novo, recomeçar, do início",
        "help": "ajuda, preciso de ajuda, me ajuda",
        "human": "pessoa, atendente, falar com atendente, quero falar com alguém, recepção",
        "language": "idioma, mudar idioma, trocar de idioma",
        "greeting": "oi, olá, bom dia, boa tarde, Oi. Tudo bem?",
        "yes": "sim, Sim por favor, pode ser, claro, isso mesmo",
        "no": "não, nao, agora não",
        "more": "mais, ver mais, próximo",
        "any_doctor": "tanto faz, qualquer um, qualquer médico",
        "me": "para mim, pra mim, eu",
        "other_person": "outra pessoa, pra minha mãe, meu filho",
        "thanks": "obrigado, obrigada, muito obrigada, valeu, obg",
        "appointments": "minhas consultas, minha consulta, ver minhas consultas, quando é minha consulta?",
        "come": "vou comparecer, vou sim, confirmo presença",
        "move": "remarcar, quero remarcar minha consulta, adiar a consulta, mudar o horário da consulta",
        "cancel": "cancelar, desmarcar, quero cancelar minha consulta, não vou poder ir",
    },
    "fr": {
        "menu": "menu, menu principal",
        "back": "retour, revenir en arrière",
        "restart": "recommencer, depuis le début",
        "help": "aide, j'ai besoin d'aide, aidez-moi",
        "human": "personne, parler à quelqu'un, je voudrais parler à une personne, secrétariat, rappelez-moi",
        "language": "langue, changer de langue",
        "greeting": "bonjour, Bonsoir, salut, coucou",
        "yes": "oui, d'accord, bien sûr, oui s'il vous plaît, c'est bon",
        "no": "non, non merci",
        "more": "plus, voir plus, suivant",
        "any_doctor": "peu importe, n'importe quel médecin, n'importe qui",
        "me": "pour moi, moi, c'est pour moi",
        "other_person": "quelqu'un d'autre, pour ma mère, mon fils, autre personne",
        "thanks": "merci, merci beaucoup, merci bien",
        "appointments": "mes rendez-vous, mon rendez-vous, mes rdv, voir mes rendez-vous",
        "come": "je viendrai, je serai là, oui je viendrai",
        "move": "déplacer mon rendez-vous, reporter, décaler mon rdv, je voudrais changer mon rendez-vous",
        "cancel": "annuler, annuler mon rendez-vous, je voudrais annuler mon rdv, je ne peux pas venir",
    },
}


def rows() -> list[tuple[str, str, str]]:
    return [
        (language, said.strip(), meant)
        for language, meanings in SAID.items()
        for meant, listed in meanings.items()
        for said in listed.split(", ")
    ]


@pytest.mark.parametrize(("language", "said", "meant"), rows())
def test_command(language: str, said: str, meant: str) -> None:
    assert command(said, language) == meant


@pytest.mark.parametrize(
    "said",
    [
        *(
            "",
            "cancer",
            "appointment",
            "i want an appointment",
            "2",
            "12/12",
            "?",
            "...",
            "🦷",
            "tomorrow",
            "monday",
            "afternoon",
            "Good",
            "Dr Back",
            "Menuka",
            "Help Age",
        ),
        *("Yessica", "Hello Asha", "Salma", "Salma Khan", "Morena", "No Rao", "my name is Helen", "Ana", "Marco"),
        *(
            "I have a question about my bill",
            "tell me more about the doctor",
            "I was here yesterday",
            "book monday 5 pm",
        ),
        *(
            "please",
            "por favor",
            "sharma",
            "evening",
            "शाम",
            "kal",
            "mañana",
            "tarde",
            "demain",
            "manhã",
            "غدا",
            "صباحا",
        ),
        "back " * 30,
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_not_a_command(language: str, said: str) -> None:
    assert command(said, language) is None


GIVEN_NAMES = (
    "Asha Priya Anil Kavita Imran Maria Ravi Salman Humaira Omar Ali Fatima Mohammed Jose Juan Luis Carmen "
    "Sofia Ines Joao Paulo Luiza Thiago Claire Camille Nadia Noah Nora Noel Meera Aarav Sunita Ramesh Suresh "
    "Rekha Jiya Manu Mercy Helen Hannah Harold Hector Hugo Moira Martin Marta Monica Agnes Ajay Aida Aisha "
    "Ahmed Amina Andre Antonio Beatriz Bruno Diego Elena Emma Esther Hassan Hussein Ibrahim Jorge Karim Khalid "
    "Laila Layla Leila Louis Lucas Lucia Malik Manuel Miguel Mina Mona Mustafa Nina Nour Olga Pablo Pedro "
    "Rafael Rana Rania Rosa Sami Samir Sara Sarah Silvia Sonia Tariq Teresa Thomas Valeria Vera Victor Yara "
    "Yasmin Youssef Zara Zeinab Deepak Vijay Sanjay Pooja Neha Rohan Arjun Lakshmi "
)


@pytest.mark.parametrize("name", GIVEN_NAMES.split())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_given_name_is_no_command(language: str, name: str) -> None:
    assert command(name, language) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_command(language: str) -> None:
    assert set(table(language)["commands"]) == set(COMMANDS)


@pytest.mark.parametrize("language", ["en", "es", "xx"])
@pytest.mark.parametrize(
    ("said", "meant"), [("hola", "greeting"), ("मदद", "help"), ("shukran", "thanks"), ("merci", "thanks")]
)
def test_other_languages_are_understood_too(language: str, said: str, meant: str) -> None:
    assert command(said, language) == meant


@given(st.text(max_size=200), st.sampled_from([*LANGUAGES, "xx"]))
def test_any_text_is_a_command_or_none(text: str, language: str) -> None:
    assert command(text, language) in {None, *COMMANDS}
