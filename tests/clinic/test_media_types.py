"""What a file is, by its bytes alone; and how it is kept at rest."""

import io
import zipfile
from pathlib import Path

import pytest

from clinic.errors import NotFound
from clinic.media import Media
from clinic.media_type import ALLOWED, BY_KIND, MOST, ending_of, type_of
from clinic.seal import SealBroken
from clinic.vault import Vault
from simulator.samples import MIME, sample

REST = bytes(range(64)) * 2


def packed(*names: str) -> bytes:
    """A ZIP with these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        for name in names:
            parts.writestr(name, "x")
    return content.getvalue()


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KEPT = {
    "a JPEG of a camera": (b"\xff\xd8\xff\xe1\x00\x10Exif\0\0" + REST, "image", "image/jpeg"),
    "a JPEG of WhatsApp": (b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01" + REST, "image", "image/jpeg"),
    "a photo of an iPhone as a document": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + REST, "document", "image/heif"),
    "a GIF": (b"GIF89a" + REST, "image", "image/gif"),
    "a recording of an iPhone": (b"\0\0\0\x18ftypM4A \0\0\0\0isommp42" + REST, "audio", "audio/mp4"),
    "a recording in the box of a video": (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + REST, "audio", "video/mp4"),
    "an MP3": (b"ID3\x03\0\0\0\0\0\0" + REST, "audio", "audio/mpeg"),
    "an old telephone's recording": (b"#!AMR\n" + REST, "audio", "audio/amr"),
    "an old telephone's film": (b"\0\0\0\x18ftyp3gp4\0\0\0\0isom3gp4" + REST, "video", "video/3gpp"),
    "a letter": (packed("[Content_Types].xml", "word/document.xml"), "document", DOCX),
}
NOT_KEPT = {
    "nothing": (b"", "image"),
    "a page of the web": (b"<!DOCTYPE html><html><script>alert(1)</script>", "document"),
    "a page of the web that begins like a picture's name": (b"PNG<html>", "image"),
    "a drawing that can run": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'>", "image"),
    "a program of Windows": (b"MZ\x90\0" + REST, "document"),
    "a program of Linux": (b"\x7fELF\x02\x01\x01" + REST, "document"),
    "a script": (b"#!/bin/sh\nrm -rf /\n", "document"),
    "plain text": (b"hello", "document"),
    "an archive": (packed("a.txt"), "document"),
    "a letter with macros": (packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "document"),
    "a broken archive": (b"PK\x03\x04" + REST, "document"),
    "an old letter, whose box installers use, too": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "document"),
    "a sound of Windows": (b"RIFF\x22\0\0\0WAVEfmt " + REST, "audio"),
    "an Ogg with a film": (b"OggS\0\x02" + bytes(22) + b"\x80theora" + REST, "audio"),
    "a PDF as a picture": (sample("document")[1], "image"),
    "a picture as a voice message": (sample("image")[1], "audio"),
    "a picture as a kind that nobody knows": (sample("image")[1], "hologram"),
    "an unknown box": (b"\0\0\0\x18ftypqt  \0\0\0\0" + REST, "video"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept(name: str) -> None:
    content, kind, found = KEPT[name]
    assert type_of(content, kind) == found


@pytest.mark.parametrize("name", NOT_KEPT)
def test_what_is_not_kept(name: str) -> None:
    content, kind = NOT_KEPT[name]
    assert type_of(content, kind) == ""


@pytest.mark.parametrize("kind", MIME)
def test_what_the_simulators_phones_send(kind: str) -> None:
    declared, content = sample(kind)
    assert type_of(content, kind) == declared.partition(";")[0]


def test_every_kind_has_types_and_a_size() -> None:
    assert set(BY_KIND) == set(MOST) == set(MIME)
    assert all(types <= set(ALLOWED) for types in BY_KIND.values())
    assert ending_of("application/pdf") == ".pdf"
    assert ending_of("text/html") == ""


@pytest.mark.parametrize(
    ("sent", "saved"),
    [
        ("report.pdf", "report.pdf"),
        ("invoice.pdf.exe", "invoice.pdf.pdf"),
        ("../../etc/passwd", "etcpasswd.pdf"),
        ('a"b\r\nSet-Cookie: x', "abSet-Cookie x.pdf"),
        ("रिपोर्ट.pdf", "रिपोर्ट.pdf"),
        ("\u202egpj.exe", "gpj.pdf"),
        ("", "document.pdf"),
        (" . ", "document.pdf"),
        ("x" * 500, "x" * 80 + ".pdf"),
    ],
)
def test_a_name_is_made_safe(sent: str, saved: str) -> None:
    from datetime import UTC, datetime

    file = Media.model_construct(
        filename=sent, content_type="application/pdf", kind="document", sent_at=datetime.now(UTC)
    )
    assert file.download_name == saved


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "media", "the secret key")


def only(vault: Vault) -> Path:
    [path] = [path for path in vault.folder.rglob("*") if path.is_file()]
    return path


async def test_what_is_kept_is_sealed_and_only_ours_to_read(vault: Vault) -> None:
    _, content = sample("document")
    await vault.put("asha", "a1", content)
    assert await vault.get("asha", "a1") == content
    path = only(vault)
    assert b"PDF" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    await vault.put("asha", "a1", b"another")
    assert await vault.get("asha", "a1") == b"another"
    await vault.remove("asha", "a1")
    await vault.remove("asha", "a1")
    with pytest.raises(NotFound):
        await vault.get("asha", "a1")


async def test_a_changed_or_misplaced_file_is_not_opened(vault: Vault) -> None:
    await vault.put("asha", "a1", b"one patient's")
    sealed = only(vault).read_bytes()
    await vault.put("asha", "b1", b"another's")
    (vault.folder / "asha" / "b1" / "b1").write_bytes(sealed)
    with pytest.raises(SealBroken):
        await vault.get("asha", "b1")
    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:10], b""):
        (vault.folder / "asha" / "a1" / "a1").write_bytes(broken)
        with pytest.raises(SealBroken):
            await vault.get("asha", "a1")
    with pytest.raises(SealBroken):
        await Vault(vault.folder, "another key").get("asha", "a1")


async def test_what_a_killed_writer_left_is_cleared(vault: Vault) -> None:
    await vault.put("asha", "a1", b"x")
    half = only(vault).with_name(".a1.dead")
    half.write_bytes(b"OPD1 half")
    await vault.put("asha", "a1", b"y")
    assert only(vault).name == "a1"


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "", ".hidden", "a\0b"])
async def test_no_name_leads_elsewhere(vault: Vault, name: str) -> None:
    for tenant_id, file in ((name, "a1"), ("asha", name)):
        with pytest.raises(ValueError, match="name"):
            await vault.put(tenant_id, file, b"x")
