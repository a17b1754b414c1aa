"""Videos with every oddity that cameras, phones, editors and recorders put into them."""

import struct

from tests.awkward.case import (
    TOO_LARGE,
    UNSUPPORTED,
    Case,
    cut,
    ffmpeg,
    joined,
    nothing,
    of,
    over,
    swapped,
    video,
)

_TURN = "-display_rotation:v {} {{plain.mp4}} -c copy"
_BT2020 = "format=yuv420p10,setparams=color_primaries=bt2020:color_trc={}:colorspace=bt2020nc"
_HDR = "{{film}} -vf " + _BT2020 + " {{x265}} -tag:v hvc1"
_SECRET = f"-encryption_scheme cenc-aes-ctr -encryption_key {'5a' * 16} -encryption_kid {'a5' * 16}"
_LONG = "-f lavfi -i testsrc2=s=64x48:r=10:d=5 -f lavfi -i sine=d=5:r=44100"
_MANY = "-map 0 " * 17

MADE: list[Case] = [
    # The extensions of the upload list, as most programs write them.
    video(
        "plain.mp4", ffmpeg("{film} {tone} {x264} -movflags +faststart"), duration=1, width=64, height=48, channels=1
    ),
    video("index-last.mp4", ffmpeg("{film} {tone} {x264}"), duration=1),
    video("fragmented.mp4", ffmpeg("{film} {tone} {x264} -movflags frag_keyframe+empty_moov"), duration=1),
    video("plain.mov", ffmpeg("{film} {tone} {x264} -c:a pcm_s16le"), content_type="video/quicktime", has_audio=True),
    video("plain.avi", ffmpeg("{film} {tone} -c:v mpeg4 -c:a libmp3lame"), duration=1, format_detected="avi"),
    video("plain.mkv", ffmpeg("{film} {tone} {x264}"), content_type="video/x-matroska", duration=1),
    video("plain.webm", ffmpeg("{film} {tone} {vp9}"), content_type="video/webm", format_detected="matroska,webm"),
    video("plain.m4v", ffmpeg("{film} {tone} {x264} -f ipod"), content_type="video/x-m4v", duration=1),
    video("plain.flv", ffmpeg("{film} {tone} -c:v flv -c:a libmp3lame"), content_type="video/x-flv", duration=1),
    video("wide-codec.flv", ffmpeg("{film} {tone} {x264} -c:a aac"), video_codec="h264", duration=1),
    # Others that people have.
    video("phone.3gp", ffmpeg("-f lavfi -i testsrc2=s=176x144:r=10:d=1 {tone} -c:v h263 -c:a aac"), height=144),
    video("windows.wmv", ffmpeg("{film} {tone} -c:v wmv2 -c:a wmav2"), content_type="video/x-ms-wmv", duration=1),
    video("dvd.mpg", ffmpeg("{film} {tone} -r 25 -c:v mpeg2video -c:a mp2"), duration=1, fps=25),
    video("camera.ts", ffmpeg("{film} {tone} {x264} -c:a aac"), duration=1, format_detected="mpegts"),
    video("canary.ts", ffmpeg("-f lavfi -i testsrc2=s=176x144:r=10:d=2 -c:v mpeg2video"), duration=2, width=176),
    video("larger.ts", ffmpeg("-f lavfi -i testsrc2=s=96x80:r=10:d=1 {x264}"), duration=1),
    video("theora.ogv", ffmpeg("{film} {tone} -c:v libtheora -c:a libvorbis"), content_type="video/ogg", duration=1),
    video("motion-jpeg.avi", ffmpeg("{film} -c:v mjpeg"), video_codec="mjpeg", has_audio=False),
    video("hevc.mp4", ffmpeg("{film} {x265} -pix_fmt yuv420p"), video_codec="hevc", bit_depth=8),
    video("av1.mp4", ffmpeg("{film} -c:v libaom-av1 -cpu-used 8 -usage realtime"), video_codec="av1", duration=1),
    # Pictures of unusual shape.
    video("odd.webm", ffmpeg("-f lavfi -i testsrc=s=63x47:r=10:d=1 {vp9} -pix_fmt yuv420p"), width=63, height=47),
    video("odd444.mp4", ffmpeg("-f lavfi -i testsrc=s=63x47:r=10:d=1 -c:v libx264 -pix_fmt yuv444p"), width=63),
    video("one-pixel.mkv", ffmpeg("-f lavfi -i color=s=1x1:r=10:d=0.5 -c:v ffv1"), width=1, height=1, duration=0.5),
    video("tall.mp4", ffmpeg("-f lavfi -i testsrc2=s=16x2000:r=10:d=0.3 {x264}"), width=16, height=2000),
    video("flat.mp4", ffmpeg("-f lavfi -i testsrc2=s=2000x16:r=10:d=0.3 {x264}"), width=2000, max_height=16),
    video("anamorphic.mp4", ffmpeg("{film} -vf setsar=2 {x264}"), width=128, height=48),
    nothing("too-wide.mkv", ffmpeg("-f lavfi -i color=s=8208x16:r=10:d=0.1 -c:v ffv1"), TOO_LARGE),
    # Pictures of unusual colour.
    video("alpha.webm", ffmpeg("{film} -vf format=yuva420p,fade=d=1:alpha=1 {vp9}"), has_alpha=True),
    video("alpha.mov", ffmpeg("{film} -c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le"), has_alpha=True),
    video("png.mov", ffmpeg("{film} -c:v png -pix_fmt rgba"), has_alpha=True, video_codec="png"),
    video("animation.mov", ffmpeg("{film} -c:v qtrle -pix_fmt argb"), has_alpha=True, video_codec="qtrle"),
    video("ten-bit.mp4", ffmpeg("{film} -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le"), bit_depth=10, hdr=None),
    video("prores422.mov", ffmpeg("{film} -c:v prores_ks -profile:v 2"), bit_depth=10, has_alpha=False),
    video("pq.mp4", ffmpeg(_HDR.format("smpte2084")), hdr="pq", bit_depth=10),
    video("hlg.mp4", ffmpeg(_HDR.format("arib-std-b67")), hdr="hlg", bit_depth=10),
    video("full-range.mp4", ffmpeg("{film} {x264} -vf scale=out_range=full -color_range pc"), bit_depth=8),
    video("grey.mkv", ffmpeg("{film} -c:v ffv1 -pix_fmt gray"), has_alpha=False),
    video("rgb.avi", ffmpeg("{film} -c:v rawvideo -pix_fmt bgr24"), video_codec="rawvideo"),
    video("interlaced.mp4", ffmpeg("{film} -c:v libx264 -flags:v +ildct+ilme -x264opts tff=1"), interlaced=True),
    # Time.
    video("vfr.mp4", ffmpeg("{film} -vf setpts=N*N/100/TB -fps_mode vfr {x264}"), duration=0.9),
    video("slow.mp4", ffmpeg("-f lavfi -i testsrc2=s=64x48:r=1/5:d=10 {x264}"), duration=10, fps=0.2),
    video("fast.mp4", ffmpeg("-f lavfi -i testsrc2=s=64x48:r=1000:d=0.2 {x264}"), duration=0.2, fps=1000),
    video("one-frame.mp4", ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25:d=0.04 {x264}"), duration=0.04),
    video("late-video.mp4", ffmpeg("-itsoffset 0.5 {film} {tone} {x264}"), duration=1.5),
    video("late-sound.mkv", ffmpeg("{film} -itsoffset 0.5 {tone} {x264}"), duration=1.5),
    video("long-sound.mp4", ffmpeg("{film} -f lavfi -i sine=d=2 {x264}"), duration=2),
    video("short-sound.mp4", ffmpeg("{film} -f lavfi -i sine=d=0.3 {x264}"), duration=1),
    video("live.webm", ffmpeg("{film} {tone} {vp9} -live 1"), duration=1),
    video("live.mkv", ffmpeg("{film} {tone} {x264} -live 1"), duration=1),
    # Longer than what is read of an end, in every container that tells its length in a way of its own.
    video("long.mp4", ffmpeg(_LONG + " {x264}"), duration=5),
    video("long-fragmented.mp4", ffmpeg(_LONG + " {x264} -movflags frag_keyframe+empty_moov"), duration=5),
    video("long.mkv", ffmpeg(_LONG + " {x264}"), duration=5),
    video("long-live.webm", ffmpeg(_LONG + " {vp9} -live 1"), duration=5),
    video("long.avi", ffmpeg(_LONG + " -c:v mpeg4 -c:a libmp3lame"), duration=5),
    video("long.flv", ffmpeg(_LONG + " {x264} -c:a aac"), duration=5),
    video("long.wmv", ffmpeg(_LONG + " -c:v wmv2 -c:a wmav2"), duration=5),
    video("long.mpg", ffmpeg(_LONG + " -r 25 -c:v mpeg2video -c:a mp2"), duration=5),
    video("long.ts", ffmpeg(_LONG + " {x264} -c:a aac"), duration=5),
    video("long.ogv", ffmpeg(_LONG + " -c:v libtheora -c:a libvorbis"), duration=5),
    # Sound.
    video("surround.mp4", ffmpeg("{film} {six} {x264} -c:a aac"), channels=6),
    video("ac3.mkv", ffmpeg("{film} {six} {x264} -c:a ac3"), audio_codec="ac3"),
    video("no-sound.mp4", ffmpeg("{film} {x264}"), has_audio=False, channels=0),
]


def _without_cues(data: bytes) -> bytes:
    """The index in their place is padding (RFC 8794 §11.3.2)."""
    at = data.rindex(b"\x1c\x53\xbb\x6b")
    return data[:at] + b"\xec\x01" + (len(data) - at - 9).to_bytes(7) + bytes(len(data) - at - 9)


def _scrambled(data: bytes) -> bytes:
    """A film whose every picture is noise."""
    start = data.index(b"mdat") + 4
    (size,) = struct.unpack_from(">I", data, start - 8)
    noise = bytes((place * 7919 >> 3) & 255 for place in range(size - 8))
    return data[:start] + noise + data[start + len(noise) :]


DERIVED: list[Case] = [
    *(video(f"rotated-{turn}.mp4", ffmpeg(_TURN.format(-turn)), rotation=turn, duration=1) for turn in (90, 180, 270)),
    video("exif.avi", ffmpeg("-loop 1 -framerate 10 -t 1 {exif-6.jpg} -c copy"), rotation=90, width=48, height=64),
    video("rotated-40.mp4", ffmpeg(_TURN.format(-40)), rotation=0),
    video("mirrored.mp4", ffmpeg("-display_hflip:v {plain.mp4} -c copy"), rotation=0, width=64),
    # Cut without encoding: an edit list that begins between key frames.
    video("edit-list.mp4", ffmpeg("-ss 0.33 {plain.mp4} -c copy"), duration=0.67),
    video("negative.mp4", ffmpeg("{plain.mp4} -c copy -output_ts_offset -0.3 -avoid_negative_ts disabled"), width=64),
    video("wrapping.ts", ffmpeg("{plain.mp4} -c copy -output_ts_offset 95443 -muxdelay 0"), duration=1),
    video("dash.mp4", ffmpeg("{plain.mp4} -c copy -movflags dash+frag_keyframe"), duration=1),
    # Streams.
    video("cover.mp4", ffmpeg("{plain.mp4} {one.png} {both} -disposition:v:1 attached_pic"), has_cover=True),
    video("two-videos.mkv", ffmpeg("{plain.mp4} {tall.mp4} -map 0:v -map 1:v -map 0:a -c copy"), max_height=2000),
    video("three-sounds.mkv", ffmpeg("{plain.mp4} -map 0:v -map 0:a -map 0:a -map 0:a -c copy"), channels=1),
    video("subtitled.mkv", ffmpeg("{plain.mp4} {words.srt} {both}"), duration=1),
    video("subtitled.mp4", ffmpeg("{plain.mp4} {words.srt} {both} -c:s mov_text"), duration=1),
    video("attachment.mkv", ffmpeg("{plain.mp4} -c copy -attach words.srt -metadata:s:t mimetype=x/y"), width=64),
    video("timecode.mov", ffmpeg("{plain.mp4} -c copy -timecode 01:00:00:00"), duration=1),
    nothing("only-words.mkv", ffmpeg("{words.srt}"), UNSUPPORTED),
    nothing("only-cover.m4a", ffmpeg("{one.png} -c copy -disposition:v attached_pic"), UNSUPPORTED),
    nothing("many-streams.mp4", ffmpeg("{beep.wav} " + _MANY + "-c:a aac"), TOO_LARGE),
    # Broken, but not beyond use.
    video("no-index.avi", of("plain.avi", swapped(b"idx1", b"JUNK")), duration=1),
    video("no-cues.mkv", of("plain.mkv", _without_cues), duration=1),
    video("scratched.ts", of("camera.ts", over(b"G", 188 * 20, b"\x5a" * 400)), width=64),
    video("half-fragmented.mp4", of("fragmented.mp4", cut(0.7)), width=64),
    video("half.ts", of("long.ts", cut(0.5)), width=64),
    video("half.flv", of("long.flv", cut(0.5)), duration=2.6),
    video("unsearchable.avi", of("long.avi", swapped(b"idx1", b"JUNK")), duration=5),
    video("late-key.ts", of("camera.ts", lambda data: data[188 * 40 :]), width=64),
    video("two-sizes.ts", joined("camera.ts", "larger.ts"), width=64),
    video("trailing.mp4", of("plain.mp4", lambda data: data + bytes(range(256)) * 40), duration=1),
    # Broken.
    nothing("half-index-last.mp4", of("index-last.mp4", cut(0.5))),
    *(nothing(f"half-{share}.mp4", of("plain.mp4", cut(share / 100))) for share in (5, 40, 60, 90)),
    nothing("half.mkv", of("plain.mkv", cut(0.6))),
    nothing("half.avi", of("plain.avi", cut(0.6))),
    nothing("head.webm", of("plain.webm", lambda data: data[:100])),
    nothing("no-pictures.mp4", of("no-sound.mp4", swapped(b"stsz", b"stzz"))),
    nothing("encrypted.mp4", ffmpeg("{no-sound.mp4} -c copy " + _SECRET)),
    nothing("scrambled.mp4", of("no-sound.mp4", _scrambled)),
    nothing("unknown-codec.mp4", of("no-sound.mp4", swapped(b"avc1\0\0\0\0\0\0", b"qqqq\0\0\0\0\0\0")), UNSUPPORTED),
    nothing("wild-index.avi", of("plain.avi", over(b"idx1", 16, b"\xff" * 64))),
    # Lies.
    video("long-lie.flv", of("long.flv", over(b"duration", 9, struct.pack(">d", 1e6))), duration=5),
    video("short-lie.flv", of("long.flv", over(b"duration", 9, struct.pack(">d", 3.5))), duration=5),
    video("long-lie.mp4", of("no-sound.mp4", over(b"mdhd", 20, b"\x7f\xff\xff\xff")), duration=1),
    video("long-lie.mkv", of("long.mkv", over(b"\x44\x89\x88", 3, struct.pack(">d", 1e12))), duration=5),
    nothing("stretched.mp4", of("anamorphic.mp4", over(b"pasp", 4, struct.pack(">II", 1000, 1))), TOO_LARGE),
    nothing("ten-years.mp4", of("no-sound.mp4", over(b"stts", 16, b"\x7f\xff\xff\xff")), TOO_LARGE),
    nothing("ten-years.mkv", ffmpeg("{plain.mkv} -c copy -bsf:v setts=ts=PTS*1000000"), TOO_LARGE),
]
