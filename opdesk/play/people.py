"""Who plays: patients of all sorts, drawn from a seed, and how each of them is."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import date

NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (("Meera", "Rahul", "Anita", "Vikram", "Divya", "Sanjay"), ("Joshi", "Kumar", "Menon", "Shah", "Pillai")),
    "hi": (("सुनीता", "राजेश", "पूजा", "अमित", "कविता"), ("शर्मा", "वर्मा", "सिंह", "यादव", "गुप्ता")),
    "es": (("Lucía", "Diego", "Carmen", "Javier"), ("Fernández", "Castro", "Romero", "Vega")),
    "ar": (("ليلى", "يوسف", "فاطمة", "خالد"), ("حداد", "منصور", "العلي", "نجار")),
    "pt": (("Beatriz", "Tiago", "Inês", "Rui"), ("Carvalho", "Pereira", "Moreira", "Fonseca")),
    "fr": (("Camille", "Julien", "Amélie", "Hugo"), ("Lefèvre", "Moreau", "Girard", "Mercier")),
}
GREETINGS = {
    "en": ("hi", "hello", "I want an appointment"),
    "hi": ("नमस्ते", "अपॉइंटमेंट चाहिए"),
    "es": ("hola", "quiero una cita"),
    "ar": ("مرحبا", "أريد موعدًا"),
    "pt": ("olá", "quero marcar uma consulta"),
    "fr": ("bonjour", "je veux un rendez-vous"),
}
MY_VISITS = {
    "en": "my appointments", "hi": "मेरी अपॉइंटमेंट", "es": "mis citas", "ar": "مواعيدي", "pt": "as minhas consultas",
    "fr": "mes rendez-vous",
}  # fmt: skip
NONSENSE = ("🙂🙂", "asdf qwer", "?", "hmm", "42", "ok ok", "لا أدري", "क्या", "¿?", "bof", "the the the")
LANGUAGES = ("en", "en", "en", "hi", "hi", "hi", "es", "ar", "pt", "fr")  # as often as they are spoken


@dataclass
class Patient:
    """One person with a phone. The shares are of their chances, from 0 to 1."""

    user: str
    name: str
    language: str
    born: date
    agrees: bool  # to be written to
    phone: str  # "on", "silent" (no receipts), "off" for a day, "gone" (no such number any more)
    favourite: str  # the doctor whom they ask for, if any
    scatterbrained: float  # writes nonsense
    fickle: float  # moves and cancels
    careless: float  # does not come, or does not answer
    dice: random.Random
    talking: asyncio.Lock = field(default_factory=asyncio.Lock)  # one conversation at a time

    @property
    def introduction(self) -> str:
        """Name and date of birth, as the chat asks for them."""
        return f"{self.name}, {self.born:%d/%m/%Y}"


def drawn(seed: int, count: int, doctors: tuple[str, ...]) -> list[Patient]:
    """As many patients; the same ones for the same seed."""
    return [_one(random.Random(f"{seed} {n}"), n, doctors) for n in range(count)]


def _one(dice: random.Random, n: int, doctors: tuple[str, ...]) -> Patient:
    language = dice.choice(LANGUAGES)
    first, last = (dice.choice(names) for names in NAMES[language])
    return Patient(
        user=f"9190{dice.randrange(1000):03d}{n:05d}", name=f"{first} {last}", language=language,
        born=date(dice.randrange(1940, 2020), dice.randrange(1, 13), dice.randrange(1, 29)),
        agrees=dice.random() > 0.04,
        phone=dice.choices(("on", "silent", "off", "gone"), (84, 10, 4, 2))[0],
        favourite=dice.choices((doctors[0], *doctors[1:], ""), (6, *(1 for _ in doctors[1:]), 2))[0],
        scatterbrained=dice.choice((0, 0, 0.1, 0.3)), fickle=dice.choice((0.05, 0.2, 0.5)),
        careless=dice.choice((0.02, 0.1, 0.3)), dice=dice,
    )  # fmt: skip
