"""Nine frames of every built-in template on one sheet each: python -m templates.artwork.contact_sheets FOLDER

With --stranger every text is eighty letters long and every picture an odd photograph: tall, wide, or white.
"""

import argparse
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np
from msgspec.structs import replace

from renderer.composition import Composition
from renderer.format.objects import AnyObject, Group, Text
from renderer.format.output import resized
from renderer.format.template import Template, load, parse, sources

VIDEOS = Path(__file__).parents[1] / "videos"
LETTERS = "Everything that we saw, ate and learned on the slow road from Samarkand to Kyoto"
COLUMNS, ROWS = 3, 3
AREA, GAP, GROUND = 640 * 360, 12, 24  # pixels of a frame, pixels between two, grey of what lies behind


def frames(template: Template, files: dict[str, Path], count: int) -> Iterator[np.ndarray]:
    """The first frame, the last one, and others at equal distances between them."""
    with Composition(template, files) as composition:
        for frame in np.linspace(0, composition.timeline.frames - 1, count).round():
            yield composition.draw(int(frame))[:, :, :3].copy()


def sheet(template: Template, files: dict[str, Path]) -> np.ndarray:
    """Blue, green and red of a template's frames in rows, small."""
    shrink = (AREA / (template.width * template.height)) ** 0.5
    width, height = (2 * round(side * shrink / 2) for side in (template.width, template.height))
    drawn = frames(resized(template, width, height), files, COLUMNS * ROWS)
    edges = ((0, GAP), (0, GAP), (0, 0))
    cells = [np.pad(frame, edges, constant_values=GROUND) for frame in drawn]
    rows = [np.hstack(cells[first : first + COLUMNS]) for first in range(0, len(cells), COLUMNS)]
    return np.pad(np.vstack(rows), ((GAP, 0), (GAP, 0), (0, 0)), constant_values=GROUND)


def strangers(template: Template, files: dict[str, Path], photographs: list[Path]) -> tuple[Template, dict[str, Path]]:
    """The template as somebody fills it who has not looked at it. Pictures with holes in them are part of it."""
    scenes = tuple(replace(scene, objects=tuple(map(_filled, scene.objects))) for scene in template.scenes)
    template = replace(template, scenes=scenes)
    pictures = dict.fromkeys(s.url for s in sources(template) if s.kind == "image" and s.url.endswith(".jpg"))
    return template, files | dict(zip(pictures, cycle(photographs), strict=False))


def _filled(obj: AnyObject) -> AnyObject:
    if isinstance(obj, Group):
        return replace(obj, objects=tuple(map(_filled, obj.objects)))
    if isinstance(obj, Text) and obj.autofit != "none":
        return replace(obj, text=LETTERS)
    return obj


def write_photographs(folder: Path) -> list[Path]:
    """A tall, a wide and a white picture; the first two cut out of a built-in one, as no camera would."""
    photograph = cv2.imread(str(VIDEOS / "media" / "travel-list" / "shophouses.jpg"))
    height, width = photograph.shape[:2]
    tall = cv2.resize(photograph[:, width // 3 : width // 3 + height * 6 // 13], (1200, 2600))
    wide = cv2.resize(photograph[height // 4 : height // 4 + width * 9 // 40], (4000, 900))
    written = []
    for name, picture in {"tall": tall, "wide": wide, "white": np.full((900, 1600, 3), 255, np.uint8)}.items():
        written.append(folder / f"photograph-{name}.jpg")
        cv2.imwrite(str(written[-1]), picture)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m templates.artwork.contact_sheets", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the sheets are written, NAME.png each")
    parser.add_argument("names", nargs="*", help="of built-in templates; without any, all of them")
    parser.add_argument("--stranger", action="store_true", help="with long texts and odd photographs")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    photographs = write_photographs(given.folder) if given.stranger else []
    for name in given.names or sorted(path.stem for path in VIDEOS.glob("*.json")):
        template = parse(load((VIDEOS / f"{name}.json").read_bytes()))
        files = {source.url: VIDEOS / source.url for source in sources(template)}
        if given.stranger:
            template, files = strangers(template, files, photographs)
        path = given.folder / f"{name}.png"
        cv2.imwrite(str(path), sheet(template, files))
        print(path)


if __name__ == "__main__":
    main()
