"""A patient's phone as far as a form's requests are concerned: encrypts them by the cryptography package, as WhatsApp
says, and reads the answers. It shares no code with us."""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key


@dataclass
class Sealed:
    """A request on its way, and what its answer is read with."""

    body: bytes
    key: bytes = field(repr=False)
    vector: bytes = field(repr=False)

    def read(self, answer: bytes) -> Any:
        """The answer: the same key, every bit of the vector turned."""
        turned = bytes(255 - byte for byte in self.vector)
        return json.loads(AESGCM(self.key).decrypt(turned, base64.b64decode(answer, validate=True), None))


def seal(said: Any, public_key: str, *, raw: bytes | None = None) -> Sealed:
    """A request, for who has the private key. ``raw`` in place of ``said``: bytes that may be no JSON."""
    key, vector = os.urandom(16), os.urandom(16)
    plain = json.dumps(said).encode() if raw is None else raw
    public = load_pem_public_key(public_key.encode())
    wrapped = public.encrypt(key, OAEP(MGF1(SHA256()), SHA256(), None))  # type: ignore[union-attr, call-arg]
    envelope = {
        "encrypted_flow_data": AESGCM(key).encrypt(vector, plain, None),
        "encrypted_aes_key": wrapped,
        "initial_vector": vector,
    }
    body = json.dumps({name: base64.b64encode(part).decode() for name, part in envelope.items()}).encode()
    return Sealed(body, key, vector)


def signed(body: bytes, secret: str) -> dict[str, str]:
    """The headers of a request."""
    return {
        "content-type": "application/json",
        "x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
