"""What a phone and a Flow's endpoint hide from everybody else: RSA-OAEP around a key, AES-GCM around the rest."""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from simulator.errors import Json

BITS = 2048
KEY, VECTOR = 16, 16  # bytes


class NoKey(ValueError):
    """Not a public key as Meta takes it: RSA, 2048 bits, PEM."""


class Unreadable(ValueError):
    """An answer that was not written with the key of its request."""


@dataclass(frozen=True)
class Secret:
    """The key of one request, and its initial vector; the answer takes the vector with every bit turned."""

    key: bytes
    vector: bytes

    @property
    def turned(self) -> bytes:
        """The vector of the answer."""
        return bytes(byte ^ 0xFF for byte in self.vector)


def public_key(pem: str) -> RSAPublicKey:
    """Read a business's public key."""
    try:
        key = load_pem_public_key(pem.strip().encode())
    except ValueError as problem:
        raise NoKey("The public key is not in PEM format.") from problem
    if not isinstance(key, RSAPublicKey) or key.key_size != BITS:
        raise NoKey(f"The public key is not an RSA key of {BITS} bits.")
    return key


def seal(pem: str, payload: Json) -> tuple[Json, Secret]:
    """The body of a request to the endpoint, and what its answer is read with."""
    secret = Secret(secrets.token_bytes(KEY), secrets.token_bytes(VECTOR))
    sealed_key = public_key(pem).encrypt(secret.key, OAEP(MGF1(SHA256()), SHA256(), None))
    data = AESGCM(secret.key).encrypt(secret.vector, json.dumps(payload).encode(), None)
    parts = {"encrypted_flow_data": data, "encrypted_aes_key": sealed_key, "initial_vector": secret.vector}
    return {name: base64.b64encode(part).decode() for name, part in parts.items()}, secret


def unseal(answer: bytes, secret: Secret) -> Json:
    """The endpoint's answer."""
    try:
        data = base64.b64decode(answer.strip(), validate=True)
        value: Any = json.loads(AESGCM(secret.key).decrypt(secret.turned, data, None))
    except (binascii.Error, ValueError, InvalidTag) as problem:
        raise Unreadable("The answer cannot be decrypted.") from problem
    if not isinstance(value, dict):
        raise Unreadable("The answer is not a JSON object.")
    return value
