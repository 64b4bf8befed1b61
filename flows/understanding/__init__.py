"""What a patient means by a sentence of their own, in six languages, without any language model."""

from flows.understanding.sentence import NOBODY, understand, warm
from flows.understanding.understood import Intent, Known, Understood

__all__ = ["NOBODY", "Intent", "Known", "Understood", "understand", "warm"]
