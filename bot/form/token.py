"""What proves that a form is one of ours: it names a chat in a way that tells nothing, and the question that the form
came with. Nobody else can make one."""

from clinic.secret_token import mac, same

PURPOSE = "booking form"
GOOD = 24 * 3600  # seconds; the conversation goes on without a greeting for as long


def make(secret_key: str, chat: str, asked: int, since: float) -> str:
    """The token of a form that is sent in answer to a message of then (POSIX)."""
    said = f"{chat}.{asked}.{int(since) + GOOD}"
    return f"{said}.{mac(secret_key, PURPOSE, said)}"


def read(secret_key: str, token: str, now: float) -> tuple[str, str] | None:
    """The chat, and the number of the question, empty where the form is too old; None for a token that is not ours."""
    said, _, proof = token.rpartition(".")
    if not same(proof, mac(secret_key, PURPOSE, said)):
        return None
    chat, asked, until = said.split(".")
    return chat, asked if now < int(until) else ""
