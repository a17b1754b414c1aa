"""Signed addresses, keys, content types and download names."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage import (
    check_key,
    content_disposition,
    content_type_of,
    sign_file_url,
    verify_file_url,
)
from tests.services.stores import KEY, PUBLIC, SECRET

SIGNED = {"expires": "1000", "filename": "a.mp4"}


def signature(key: str = KEY, expires: int = 1000, filename: str | None = "a.mp4") -> str:
    url = sign_file_url(PUBLIC, key, expires=expires, secret=SECRET, filename=filename)
    return url.rpartition("signature=")[2].partition("&")[0]


def test_a_signature_holds_until_its_second():
    for now, holds in ((0.0, True), (999.9, True), (1000.0, False), (2000.0, False)):
        assert verify_file_url(KEY, **SIGNED, signature=signature(), secret=SECRET, now=now) == holds


@pytest.mark.parametrize(
    "change",
    [
        {"expires": "1001"},
        {"expires": "01000"},
        {"expires": "x"},
        {"expires": ""},
        {"filename": "b.mp4"},
        {"filename": None},
        {"secret": b"another"},
        {"signature": ""},
        {"signature": "ä"},
        {"signature": "\ud800"},
        {"signature": signature().upper()},
    ],
)
def test_a_changed_address_is_refused(change: dict[str, object]):
    given = SIGNED | {"signature": signature(), "secret": SECRET} | change
    assert not verify_file_url(KEY, **given, now=0)  # type: ignore[arg-type]


@given(st.text(), st.text(), st.text(), st.text())
def test_no_two_addresses_share_a_signature(key: str, name: str, other_key: str, other_name: str):
    same = (key, name) == (other_key, other_name)
    given = {"expires": "1000", "secret": SECRET, "now": 0.0, "filename": name}
    assert verify_file_url(key, **given, signature=signature(other_key, 1000, other_name)) == same


@given(st.text())
def test_any_file_name_makes_a_header_of_plain_ascii_and_keeps_its_letters(name: str):
    header = content_disposition(name)
    match = re.fullmatch(r"attachment; filename=\"([ -!#-~]+)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)", header)
    assert match
    for saved in (match[1], unquote(match[2], errors="strict")):
        assert not set(saved) & set('/\\:*?"<>|\0\r\n')
        assert saved.strip(" .") == saved


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("My Video.mp4", "My Video.mp4", "My%20Video.mp4"),
        ("größe.mp4", "groe.mp4", "gr%C3%B6%C3%9Fe.mp4"),
        ("../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd"),
        ("evil\u202egpm.exe", "evilgpm.exe", "evilgpm.exe"),
        ('a"; b="c', "a_; b=_c", "a_%3B%20b%3D_c"),
        ("\r\nSet-Cookie: a", "Set-Cookie_ a", "Set-Cookie_%20a"),
        ("動画", "download", "%E5%8B%95%E7%94%BB"),
        ("動画.mp4", "download.mp4", "%E5%8B%95%E7%94%BB.mp4"),
        ("é" * 300 + ".mp4", "e" * 98 + ".mp4", "%C3%A9" * 98 + ".mp4"),
        ("👍" * 300, "download", "%F0%9F%91%8D" * 50),
        ("", "download", "download"),
    ],
)
def test_file_names_become_harmless(name: str, plain: str, full: str):
    told = f"filename=\"{plain}\"; filename*=UTF-8''{full}"
    assert content_disposition(name) == f"attachment; {told}"
    assert content_disposition(name, inline=True) == f"inline; {told}"


def test_content_types_are_told_from_extensions():
    assert content_type_of("a/b.MP4") == "video/mp4"
    assert content_type_of("a.mp4/b") == "application/octet-stream"
    assert content_type_of("mp4") == "application/octet-stream"


@given(st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}){0,3}", fullmatch=True))
def test_a_key_of_ours_stays_inside_its_directory(key: str):
    assert Path("/root", check_key(key)).resolve().is_relative_to("/root")
