"""Uploads: what they are told to be, whose they are, and that nothing is left of a failed one."""

from pathlib import Path

import pytest

from app.errors import NotFound, Unauthorized, Unsupported
from app.services import accounts, assets
from app.services.kinds import kind_of
from app.services.principals import Principal
from tests.services.uploads import asking, kept_upload, local_store, png, upload

MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (png(), "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"BM\x36\0\0\0\0\0\0\0" + bytes(20), "image/bmp"),
        (b"\0\0\0\x20ftypavif" + bytes(20), "image/avif"),
        (MP4, "video/mp4"),
        (b"\0\0\0\x20ftypM4A " + bytes(20), "audio/mp4"),
        (b"\0\0\0\x20ftypqt  " + bytes(20), "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(20), "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", "video/x-matroska"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        (b"OggS\0\2" + bytes(22) + b"\x01\x13OpusHead", "audio/ogg"),
        (b"OggS\0\2" + bytes(22) + b"\x80theora", "video/ogg"),
        (b"fLaC" + bytes(20), "audio/flac"),
        (b"ID3\4\0\0\0\0\0\0\xff\xfb\x90\0", "audio/mpeg"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, content_type: str, tmp_path: Path) -> None:
    (tmp_path / "misleading.txt").write_bytes(content)
    assert kind_of(tmp_path / "misleading.txt").content_type == content_type


@pytest.mark.parametrize(
    ("content", "looks_like"),
    [
        (b"", "empty"),
        (b"just words", "a text file"),
        (b"\x89PNG\r", "a PNG picture whose beginning is damaged."),
        (b"#EXTM3U\n#EXT-X-VERSION:3", "an HLS playlist"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"<!doctype html><html>", "a web page"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PK\3\4" + bytes(20), "a ZIP archive"),
        (b"\x7fELF" + bytes(20), "a program"),
        (bytes(range(200)), "an unknown kind of file"),
    ],
)
def test_what_is_no_picture_video_or_sound_is_refused_by_what_it_looks_like(
    content: bytes, looks_like: str, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(Unsupported, match=looks_like):
        kind_of(tmp_path / "photo.jpg")


@pytest.mark.usefixtures("database")
async def test_an_upload_is_stored_and_found_again_by_its_owner_alone(tmp_path: Path) -> None:
    storage = await local_store(tmp_path)
    ann, eve = await accounts.create_account("ann"), await accounts.create_account("eve")
    made = await kept_upload(upload(tmp_path, png(), "C:\\temp\\a\0b.png"), asking=await asking(ann), storage=storage)
    assert (made.filename, made.content_type, made.size) == ("ab.png", "image/png", len(png()))
    assert await assets.find(made.id, ann) == made
    await storage.get_to_file(made.key, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == png()
    with pytest.raises(NotFound):
        await assets.find(made.id, eve)
    with pytest.raises(NotFound):
        await assets.delete(made.id, asking=await asking(eve), storage=storage)
    assert await assets.content_types([made.id, "ast_other", "ast_\0"], ann) == {made.id: "image/png"}
    assert await assets.content_types([made.id], eve) == {}


@pytest.mark.usefixtures("database")
async def test_a_deleted_upload_leaves_neither_row_nor_object(tmp_path: Path) -> None:
    storage = await local_store(tmp_path)
    ann = await accounts.create_account("ann")
    made = await kept_upload(upload(tmp_path, png()), asking=await asking(ann), storage=storage)
    await assets.delete(made.id, asking=await asking(ann), storage=storage)
    assert await storage.head(made.key) is None
    with pytest.raises(NotFound):
        await assets.find(made.id, ann)


@pytest.mark.usefixtures("database")
async def test_an_upload_that_gets_no_row_leaves_no_object(tmp_path: Path) -> None:
    storage = await local_store(tmp_path)
    nobody = Principal(account="acc_nobody", kind="key", id="key_none")
    with pytest.raises(Unauthorized, match="not there any more"):
        await kept_upload(upload(tmp_path, png()), asking=nobody, storage=storage)
    assert [info async for info in storage.list()] == []
