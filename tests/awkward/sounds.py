"""Sounds: with and without a length in their header, with covers, in many channels, cut off."""

import os
from pathlib import Path

from tests.awkward.case import (
    UNSUPPORTED,
    Case,
    cut,
    ffmpeg,
    joined,
    nothing,
    of,
    over,
    sound,
)

# Loud, then silence: its bit rate says nothing of its length.
_CHANGING = "-f lavfi -i \"aevalsrc='if(lt(t,1),random(0)*0.9,0)|0':d=8\""

MADE: list[Case] = [
    # The extensions of the upload list.
    sound("beep.mp3", ffmpeg("{tone} -c:a libmp3lame"), content_type="audio/mpeg", duration=1, format_detected="mp3"),
    sound("beep.wav", ffmpeg("{tone}"), content_type="audio/wav", duration=1, format_detected="wav"),
    sound("beep.aac", ffmpeg("{tone} -c:a aac"), content_type="audio/aac", duration=1, format_detected="aac"),
    sound("beep.flac", ffmpeg("{tone}"), content_type="audio/flac", duration=1, format_detected="flac"),
    sound("beep.ogg", ffmpeg("{tone} -c:a libvorbis"), content_type="audio/ogg", audio_codec="vorbis", duration=1),
    sound("beep.m4a", ffmpeg("{tone} -c:a aac"), content_type="audio/mp4", format_detected="mov,mp4,m4a,3gp,3g2,mj2"),
    sound("beep.wma", ffmpeg("{tone} -c:a wmav2"), content_type="audio/x-ms-wma", duration=1, format_detected="asf"),
    # Others that people have.
    sound("opus.ogg", ffmpeg("{tone} -c:a libopus"), audio_codec="opus", sample_rate=48000, duration=1),
    sound("beep.webm", ffmpeg("{tone} -c:a libopus"), content_type="audio/webm", duration=1),
    sound("beep.mka", ffmpeg("{tone} -c:a flac"), content_type="audio/x-matroska", duration=1),
    sound("alac.m4a", ffmpeg("{tone} -c:a alac"), audio_codec="alac", duration=1),
    sound("beep.aiff", ffmpeg("{tone}"), content_type="audio/aiff", duration=1),
    sound("beep.caf", ffmpeg("{tone} -c:a pcm_s16le"), content_type="audio/x-caf", duration=1),
    sound("beep.au", ffmpeg("{tone} -c:a pcm_s16be"), content_type="audio/basic", duration=1),
    sound("memo.amr", ffmpeg("{tone} -ar 8000 -ac 1 -c:a libopencore_amrnb"), content_type="audio/amr", duration=1),
    # Unusual sound.
    sound("telephone.wav", ffmpeg("{tone} -ar 8000 -c:a pcm_mulaw"), sample_rate=8000, channels=1, duration=1),
    sound("studio.wav", ffmpeg("{tone} -ar 192000 -c:a pcm_s24le"), sample_rate=192000, duration=1),
    sound("float.wav", ffmpeg("{tone} -c:a pcm_f32le -rf64 always"), format_detected="wav", duration=1),
    sound("surround.flac", ffmpeg("{six}"), channels=6, duration=1),
    sound("surround.m4a", ffmpeg("{six} -c:a aac"), channels=6, duration=1),
    sound("short.wav", ffmpeg("-f lavfi -i sine=d=0.01"), duration=0.01),
    # Lengths that no header tells, or that it tells wrongly.
    sound("variable.mp3", ffmpeg(_CHANGING + " -c:a libmp3lame -q:a 5 -write_xing 0"), duration=8),
    sound("variable.aac", ffmpeg(_CHANGING + " -c:a aac -b:a 64k"), duration=8),
    sound("slow.aac", ffmpeg("{tone} -ar 22050 -ac 2 -c:a aac"), sample_rate=22050, duration=1),
    sound("long.ogg", ffmpeg("-f lavfi -i sine=d=30 -c:a libvorbis"), duration=30),
    sound("tagged.mp3", ffmpeg("{tone} -metadata title=" + "x" * 9000), duration=1),
]


def _void(path: Path) -> None:
    """Twenty megabytes of zeros behind a sound; they take no room on the disk."""
    of("beep.mp3")(path)
    os.truncate(path, 20 << 20)


DERIVED: list[Case] = [
    sound("cover.mp3", ffmpeg("{beep.mp3} {one.png} {both} -disposition:v attached_pic"), has_cover=True),
    sound("cover.m4a", ffmpeg("{beep.m4a} {one.png} {both} -disposition:v attached_pic"), has_video=False),
    sound("cover.flac", ffmpeg("{beep.flac} {one.png} {both} -disposition:v attached_pic"), duration=1),
    sound("tagged.aac", of("beep.aac", lambda data: _id3(2000) + data), duration=1),
    sound(
        "padded.mp3",
        of("beep.mp3", lambda data: bytes(300) + data[data.index(b"\xff\xfb") :]),
        duration=1,
        content_type="audio/mpeg",
    ),
    sound("streamed.wav", of("beep.wav", over(b"data", 4, b"\xff" * 4)), duration=1),
    sound("unsized.wav", of("beep.wav", over(b"data", 4, bytes(4))), duration=1),
    sound("half.mp3", of("variable.mp3", cut(0.5)), channels=2),
    sound("half.aac", of("beep.aac", cut(0.5)), duration=0.5),
    sound("half.ogg", of("long.ogg", cut(0.5)), channels=1),
    sound("two-rates.aac", joined("beep.aac", "slow.aac"), sample_rate=44100),
    sound("trailing.flac", of("beep.flac", lambda data: data + bytes(3000)), duration=1),
    # Broken.
    nothing("half.wav", of("beep.wav", cut(0.5))),
    nothing("half.flac", of("beep.flac", cut(0.5))),
    nothing("half.m4a", of("beep.m4a", cut(0.5))),
    nothing("half.wma", of("beep.wma", cut(0.5))),
    nothing("void.mp3", _void),
    nothing("head.mp3", of("beep.mp3", lambda data: data[:20])),
    nothing("unknown-codec.wav", of("beep.wav", over(b"fmt ", 8, b"\x99\x99")), UNSUPPORTED),
    nothing("wild-rate.wav", of("beep.wav", over(b"fmt ", 12, b"\xff\xff\xff\x7f")), UNSUPPORTED),
    nothing("many-channels.wav", of("beep.wav", over(b"fmt ", 10, b"\xff\xff"))),
    nothing("no-channels.wav", of("beep.wav", over(b"fmt ", 10, b"\0\0"))),
]


def _id3(size: int) -> bytes:
    """An ID3v2 tag of padding; its size is written seven bits to a byte."""
    return b"ID3\4\0\0" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]) + bytes(size)
