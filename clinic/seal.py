"""Secrets at rest: stored credentials are sealed with a key that is not in the database."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clinic.errors import ClinicError


class SealBroken(ClinicError):
    """The stored credential cannot be opened: the secret key is not the one that sealed it."""

    code, status = "seal_broken", 500


def _box(secret_key: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"opdesk stored credentials").derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(secret: str, secret_key: str) -> str:
    """The secret as it may be stored."""
    return _box(secret_key).encrypt(secret.encode()).decode()


def unseal(sealed: str, secret_key: str) -> str:
    """The secret itself. Raises ``SealBroken``."""
    try:
        return _box(secret_key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealBroken from None
