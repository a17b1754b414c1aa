"""Good files under names that lie, or that a shell, a path or ffmpeg might take for something else."""

from tests.awkward.case import Case, of, picture, sound, video

_NAMES = (
    "-i.mp4",
    "--version",
    "..mp4",
    "...",
    "..\\..\\escape.mp4",
    " leading and trailing .mp4 ",
    "new\nline.mp4",
    "tab\tand\x1bescape.mp4",
    "quote'and\"both.mp4",
    "$(touch canary) `id`; rm *.mp4",
    "%03d.mp4",
    "%2e%2e%2fpercent.mp4",
    "concat:one.mp4|two.mp4",
    "pipe:0",
    "http:example.mp4",
    "file:plain.mp4",
    "[0:v]scale=1,.mp4",
    "🎬 naïve 視頻.mp4",
    "\u202egnp.4pm",
    "no extension",
    "x" * 251 + ".mp4",
    "CON.mp4",
)

DERIVED: list[Case] = [
    *(video(name, of("plain.mp4"), duration=1) for name in _NAMES),
    video("film.mp3", of("plain.mp4"), media_kind="video", content_type="video/mp4"),
    video("film.txt", of("plain.webm"), content_type="video/webm"),
    video("film.m3u8", of("plain.mkv"), content_type="video/x-matroska"),
    video("film.wav", of("plain.flv"), content_type="video/x-flv"),
    sound("sound.mp4", of("beep.mp3"), content_type="audio/mpeg"),
    sound("sound.mkv", of("beep.wav"), content_type="audio/wav"),
    sound("sound.m4a", of("beep.aac"), content_type="audio/aac"),
    sound("sound.avi", of("beep.flac"), content_type="audio/flac"),
    picture("picture.mp4", of("photo.jpg")),
    picture("picture.mp3", of("one.png")),
]
