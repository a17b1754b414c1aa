"""Files that are no media at all, and those that name other files or addresses for whoever opens them.

What they name is CANARY, good media in the same folder, and a port on this machine: neither may ever be touched.
"""

import struct
import zipfile
from pathlib import Path

from tests.awkward.case import UNREADABLE, UNSUPPORTED, Case, Maker, nothing, of, with_end, written

CANARY = "canary.ts"
LISTENER = ("127.77.66.55", 48123)
_WEB = "http://{}:{}".format(*LISTENER)


def text(words: str) -> Maker:
    """`{canary}` becomes the canary's absolute path, `{web}` the listener's address."""

    def make(path: Path) -> None:
        path.write_text(words.replace("{canary}", str(path.parent / CANARY)).replace("{web}", _WEB))

    return make


def _linked(path: Path) -> None:
    """A film whose pictures are said to lie in the canary: a data reference to an alias, as QuickTime makes them."""
    name = path.parent.joinpath(CANARY).as_posix().encode()
    alias = bytes(130) + struct.pack(">HH", 1, 1) + bytes(16) + struct.pack(">HH", 2, len(name)) + name
    alias += bytes(len(name) % 2) + struct.pack(">hH", -1, 0)
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
    nested = [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"]
    of("index-last.mp4", with_end(nested, entry, instead_of=12))(path)


def _zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("../../escape.mp4"), b"x" * 1000)


def _nested(depth: int) -> bytes:
    """Boxes in boxes."""
    return b"".join(struct.pack(">I4s", 8 * (depth - level), b"moov") for level in range(depth))


_FTYP = b"\0\0\0\x10ftypisom\0\0\0\0"
_HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"
_XML = '<?xml version="1.0"?>\n'
_ENTITY = _XML + '<!DOCTYPE x [<!ENTITY e SYSTEM "file://{canary}">]>\n'
_MPD = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><BaseURL>{web}/</BaseURL></Period></MPD>'
_SVG = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{canary}"/><image href="{web}/x.png"/></svg>'
_SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.77.66.55\nt=0 0\nm=video 48123 RTP/AVP 96\n"

_TEXTS = {
    "hls-file.mp4": _HLS.format("{canary}"),
    "hls-near.mp4": _HLS.format(CANARY),
    "hls-web.mp4": _HLS.format("{web}/x.ts"),
    "hls-key.ts": _HLS.format("x.ts").replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="{web}/key"\n#EXTINF'),
    "hls-spaced.mp4": "\ufeff\n \n" + _HLS.format("{canary}"),
    "hls-subfile.mp4": _HLS.format("subfile,,start,0,end,900,,:{canary}"),
    "playlist.m3u8": _HLS.format("{canary}"),
    "playlist.m3u": "{canary}\n{web}/x.mp3\n",
    "playlist.pls": "[playlist]\nFile1={web}/x.mp3\nNumberOfEntries=1\n",
    "playlist.asx": "<asx version='3.0'><entry><ref href='{web}/x.wma'/></entry></asx>",
    "concat.mp4": "ffconcat version 1.0\nfile canary.ts\n",
    "concat-absolute.mkv": "ffconcat version 1.0\nfile '{canary}'\n",
    "concat-plain.mp4": "file 'canary.ts'\nfile '{web}/x.ts'\n",
    "session.sdp.mp4": _SDP,
    "dash.mpd.mp4": _XML + _MPD,
    "imf.mp4": _XML + '<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"/>',
    "entity.mp4": _ENTITY + "<x>&e;</x>",
    "drawing.svg": _SVG,
    "drawing.mp4": _XML + "<!-- hi -->" + _SVG,
    "drawing.png": _SVG,
    "page.mp4": "<!DOCTYPE html><html><video src='{web}/x.mp4'></video></html>",
    "script.avs.avi": 'AviSource("{canary}")\n',
    "script.vpy.mp4": "import vapoursynth as vs\nopen('{canary}')\n",
    "magick.mp4": 'push graphic-context\nimage over 0,0 0,0 "{web}/x.jpg"\npop graphic-context\n',
    "postscript.png": "%!PS\n({canary}) (r) file\n",
    "rtsp.mp4": "RTSPtext\nrtsp://127.77.66.55:48123/x\n",
    "metadata.mp4": ";FFMETADATA1\ntitle=x\n",
    "words.srt": "1\n00:00:00,000 --> 00:00:00,900\nHallo 👋 <b>you</b>\n",
    "styled.ass": "[Script Info]\nScriptType: v4.00+\n\n[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,,,0,0,0,,Hi\n",
    "plain.txt": "Just a text.\n",
    "object.json": '{"a": 1}',
}

MADE: list[Case] = [nothing(name, text(words), UNSUPPORTED) for name, words in _TEXTS.items()]

DERIVED: list[Case] = [
    nothing("linked.mov", _linked),
    nothing(
        "tagged-playlist.mp3",
        written(b"ID3\4\0\0\0\0\0\0" + _HLS.format("x").encode()),
        UNSUPPORTED,
    ),
    nothing("archive.mp4", _zipped, UNSUPPORTED),
    nothing("program.mp4", written(b"MZ" + bytes(200)), UNSUPPORTED),
    nothing("elf.mp3", written(b"\x7fELF" + bytes(200)), UNSUPPORTED),
    nothing("squeezed.mp4", written(b"\x1f\x8b\x08" + bytes(200)), UNSUPPORTED),
    nothing("document.mp4", written(b"%PDF-1.7\n" + bytes(200)), UNSUPPORTED),
    nothing("database.mp4", written(b"SQLite format 3\0" + bytes(200)), UNSUPPORTED),
    nothing("empty.mp4", written(b"")),
    nothing("one-byte.mp4", written(b"\0"), UNSUPPORTED),
    nothing("zeros.mp4", written(bytes(100_000)), UNSUPPORTED),
    nothing("ones.mp3", written(b"\xff" * 100_000), UNSUPPORTED),
    nothing("bytes.mp4", written(bytes(range(256)) * 400), UNSUPPORTED),
    nothing("tag-only.mp3", written(b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(100)), UNREADABLE),
    nothing(
        "boxes.mp4",
        written(_FTYP + struct.pack(">I4s", 8, b"free") * 5000),
    ),
    nothing("endless-box.mp4", written(_FTYP + b"\0\0\0\1moov\x7f" + b"\xff" * 7)),
    nothing("deep.mkv", written(b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * 3000)),
    nothing("deep.mp4", written(_FTYP + _nested(4000))),
    nothing("adts-noise.aac", written(b"\xff\xf1" + bytes(range(256)) * 300)),
    nothing("flv-noise.flv", written(b"FLV\1\5\0\0\0\x09\0\0\0\0" + bytes(range(256)) * 300)),
]
