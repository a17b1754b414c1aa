"""Stored pictures: how they are written and read, and how near to one a frame has to be."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from tests.golden.sheets import Drawn, Sheet, laid_out, size_of, taken_apart
from tests.renderer.stills import Pixels, write_picture

FOLDER = Path(__file__).parent / "pictures"

# Other processors round differently: a tone everywhere, more at the smooth edge of a shape, but in few pixels. A shape
# that moved by half a pixel changes all of its edge. All of it is told of one frame of a sheet.
TONES = 3  # of 255 that any pixel may differ by
FEW = 0.004  # share of the pixels that may differ by more: 7 of a small frame
MEAN = 0.5  # tones that all differ by on average: less than another tint of the whole


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.png"


def store(name: str, pictures: Drawn) -> None:
    bgr = cv2.cvtColor(laid_out(pictures), cv2.COLOR_RGB2BGR)
    assert cv2.imwrite(str(path_of(name)), bgr, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def stored(name: str, sheet: Sheet) -> Drawn:
    """The frames of a golden as they were recorded."""
    assert path_of(name).exists(), f"{name} is not recorded: python -m tests.golden.record {name}"
    kept = _read(name)
    width, height = size_of(sheet)
    size = (len(sheet) * height, max(map(len, sheet)) * width, 3)
    assert kept.shape == size, f"{name} has other frames than were recorded: python -m tests.golden.record {name}"
    return taken_apart(sheet, kept)


def changed(name: str, pictures: Drawn) -> bool:
    return not path_of(name).exists() or not np.array_equal(_read(name), laid_out(pictures))


def _read(name: str) -> Pixels:
    return np.asarray(cv2.cvtColor(cv2.imread(str(path_of(name))), cv2.COLOR_BGR2RGB), np.uint8)


def strays(known: Iterable[str]) -> list[Path]:
    """Pictures that no case draws."""
    return sorted(set(FOLDER.glob("*")) - {path_of(name) for name in known})


def fault(drawn: Pixels, kept: Pixels) -> str | None:
    """How far a frame is from the one that was recorded, when that is too far."""
    off = np.abs(drawn.astype(int) - kept)
    far = float((off.max(axis=2) > TONES).mean())
    if far <= FEW and off.mean() <= MEAN:
        return None
    return f"{far:.1%} of the pixels differ by more than {TONES} tones, all by {off.mean():.2f} on average"


def write_difference(folder: Path, name: str, drawn: Drawn, kept: Drawn) -> Path:
    """What was recorded, what is drawn, and where they differ, one below the other and three times as large."""
    before, now = laid_out(kept), laid_out(drawn)
    apart = np.where((before != now).any(axis=2, keepdims=True), np.uint8([230, 0, 60]), np.uint8(255))
    picture = np.vstack([before, now, apart.astype(np.uint8)]).repeat(3, axis=0).repeat(3, axis=1)
    return write_picture(folder / f"{name}.png", picture)
