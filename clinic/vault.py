"""Files of patients at rest: one sealed file each, in a folder of its tenant, with a key that is not in the folder."""

import asyncio
import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from secrets import token_bytes, token_hex

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clinic.errors import NotFound
from clinic.seal import SealBroken

MARK, NONCE = b"OPD1", 12  # of a sealed file; bytes
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True)
class Vault:
    """``folder`` is made with the first file. A file is whole or not there, whenever the process is killed; one that
    was changed, or put in another's place, is not opened."""

    folder: Path
    secret_key: str = field(repr=False)

    async def put(self, tenant_id: str, id: str, content: bytes) -> None:
        """Keep it under this id, in the place of what was there."""
        await asyncio.to_thread(self._write, tenant_id, id, content)

    async def get(self, tenant_id: str, id: str) -> bytes:
        """What was kept. Raises ``NotFound``, ``SealBroken``."""
        return await asyncio.to_thread(self._read, tenant_id, id)

    async def remove(self, tenant_id: str, id: str) -> None:
        """It is gone; also where it was not there."""
        await asyncio.to_thread(self._path(tenant_id, id).unlink, missing_ok=True)

    def _write(self, tenant_id: str, id: str, content: bytes) -> None:
        path, nonce = self._path(tenant_id, id), token_bytes(NONCE)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in path.parent.glob(f".{path.name}.*"):  # by one who was killed
            left.unlink(missing_ok=True)
        draft = path.with_name(f".{path.name}.{token_hex(4)}")
        try:
            with draft.open("xb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(MARK + nonce + self._box.encrypt(nonce, content, _whose(tenant_id, id)))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync(path.parent)

    def _read(self, tenant_id: str, id: str) -> bytes:
        try:
            sealed = self._path(tenant_id, id).read_bytes()
        except FileNotFoundError:
            raise NotFound from None
        nonce, rest = sealed[len(MARK) : len(MARK) + NONCE], sealed[len(MARK) + NONCE :]
        try:
            return self._box.decrypt(nonce, rest, _whose(tenant_id, id))
        except (InvalidTag, ValueError):
            raise SealBroken from None

    def _path(self, tenant_id: str, id: str) -> Path:
        """Raises ``ValueError`` for a name that might lead elsewhere."""
        if not (PLAIN.fullmatch(tenant_id) and PLAIN.fullmatch(id)):
            raise ValueError("not the name of a file of ours")
        return self.folder / tenant_id / id[:2] / id

    @cached_property
    def _box(self) -> AESGCM:
        key = HKDF(SHA256(), length=32, salt=None, info=b"opdesk kept files").derive(self.secret_key.encode())
        return AESGCM(key)


def _whose(tenant_id: str, id: str) -> bytes:
    return f"{tenant_id}/{id}".encode()


def _sync(folder: Path) -> None:
    """So that the name survives a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
