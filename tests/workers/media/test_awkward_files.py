"""Every awkward file goes to tools, and ends in a result that can be played or in a sentence.

In the suite each meets two of them, every tool about one file in ten. All with all, in minutes:

    python -m tests.workers.media.test_awkward_files
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from app.tools import AnyTool, BurnSubtitles, Merge, name_of
from renderer.errors import MediaError
from renderer.media.photographs import picture_size
from renderer.media.probe import probe
from tests.awkward import CASES, make_all
from tests.awkward.case import Case
from tests.awkward.hostile import CANARY
from tests.awkward.untouched import untouched
from tests.workers.media.material import use
from tests.workers.media.test_wrong_files import EVERY

CODES = {"media_unreadable", "unsupported_media", "media_too_large", "outside_source", "target_too_small"}


def outcome(case: Case, tool: AnyTool, awkward: Path, folder: Path) -> str:
    """What became of it, as a line; "" when that is as it should be."""
    source, out = awkward / case.name, folder / "out"
    more: dict[str, object] = {}
    if isinstance(tool, Merge):
        more = {"others": (awkward / ("beep.wav" if case.kind == "audio" else "plain.mp4"),)}
    if isinstance(tool, BurnSubtitles):
        more = {"subtitles": awkward / "words.srt"}
    try:
        made = use(source, out, tool, **more)
    except MediaError as error:
        told = error.code in CODES and len(error.message) > 10 and str(folder) not in error.message
        wanted = case.refused is None and case.kind == "video" and tool.wants() == ("video", "gif")
        return f"refused: {error.message}" if wanted or not told or list(folder.iterdir()) else ""
    fits = picture_size(out) if made.kind == "image" else (probe(out).width, probe(out).height)
    out.unlink()
    return (
        "" if fits == (made.width or 0, made.height or 0) and not list(folder.iterdir()) else f"is not as told: {made}"
    )


def outcomes(awkward: Path, folder: Path, each: int) -> Iterator[tuple[str, str, str]]:
    for number, case in enumerate(case for case in CASES.values() if case.name != CANARY):
        for step in range(each):
            tool = EVERY[(number * each + step) % len(EVERY)]
            yield case.name, name_of(tool), outcome(case, tool, awkward, folder)


def test_every_awkward_file_ends_in_a_result_or_a_sentence_and_reaches_no_other(awkward: Path, tmp_path: Path) -> None:
    with untouched(awkward):
        wrong = [line for line in outcomes(awkward, tmp_path, 2) if line[2]]
    assert wrong == []


if __name__ == "__main__":
    with TemporaryDirectory() as media, TemporaryDirectory() as scratch:
        for line in outcomes(make_all(Path(media)), Path(scratch), len(EVERY)):
            sys.stdout.write(f"{line[0]:24} {line[1]:20} {line[2] or 'ok'}\n")
