import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from renderer.drawing.drawable import Drawable
from renderer.drawing.geometry import Area, Rect
from renderer.drawing.pictures import Bitmap
from renderer.drawing.pieces import direct, layer
from renderer.drawing.shadows import Shadow
from renderer.drawing.sheet import Allowance, Slot
from renderer.format.objects import BLACK
from tests.renderer.stills import painter_of

MANY = """
from pathlib import Path
import numpy as np
from renderer.format.objects import BLACK
from tests.renderer.stills import painter_of
from tests.renderer.test_sprites import shaded

def most():  # the rusage would count the memory of the process that started this one
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

many = [shaded(x=n, width=640, height=360) for n in range(80)]
scenes = [{"duration": 1, "objects": many[:2]}, {"duration": 1, "objects": many}]
raw = {"width": 640, "height": 360, "scenes": scenes}
painter, timeline = painter_of(raw, sprite_bytes=16 << 20)
target = np.empty((360, 640, 4), np.uint8)
painter.draw(timeline.at(0), target)
before = most()
painter.draw(timeline.at(30), target)
print(most() - before)
"""


def shaded(**properties: Any) -> dict[str, Any]:
    shade = {"shadow-color": "#0008", "shadow-blur": 20, "background-color": "linear-gradient(45deg, red, lime)"}
    return {"type": "rectangle", "width": 60, "height": 40, **shade, **properties}


def test_many_shaded_gradients_take_no_more_memory_than_sprites_may() -> None:
    command = [sys.executable, "-c", MANY]
    root = Path(__file__).parents[2]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=60)
    assert int(result.stdout) < 50_000  # KiB; all 80 sprites take 87,000


def test_layers_in_layers_are_no_larger_than_what_may_throw_a_shadow_into_the_frame() -> None:
    vicinity, painted = Area(-20, -20, 84, 56), []
    everywhere = Rect(-1e5, -1e5, 1e5, 1e5)
    piece = direct(everywhere, lambda sheet: painted.append(sheet.area), Slot())
    for _ in range(8):
        thrown = Shadow(BLACK, 3, -7, 2)
        piece = layer([piece], shadow=thrown, opacity=1.0, slot=Slot(), vicinity=vicinity)
    assert piece.tile(Area(0, 0, 64, 36))
    assert painted == [vicinity]


def test_a_frame_looks_the_same_whether_sprites_are_kept_or_not() -> None:
    raw = {"width": 200, "height": 100, "scenes": [{"duration": 1, "objects": [shaded()] * 3}]}
    drawn = []
    for limit in (0, 90_000, 1 << 30):
        painter, timeline = painter_of(raw, sprite_bytes=limit)
        for frame in (0, 1):
            target = np.empty((100, 200, 4), np.uint8)
            painter.draw(timeline.at(frame), target)
            drawn.append(target.tobytes())
    assert len(set(drawn)) == 1


def test_what_is_no_longer_seen_leaves_its_memory_to_others() -> None:
    allowance, painted = Allowance(4_000), []
    slots = [Slot(allowance) for _ in range(3)]
    area = Area(0, 0, 25, 40)

    def asked(number: int) -> None:
        slots[number].pixels("key", area, lambda pixels: painted.append(number))

    for number in (0, 0, 1, 1):
        asked(number)
    assert painted == [0, 1, 1]
    slots[0].forget()
    asked(1)
    asked(1)
    del slots[1]
    slots.append(Slot(allowance))
    asked(2)
    asked(2)
    assert painted == [0, 1, 1, 1, 2]


def drawables() -> int:
    """How many exist; `isinstance` would ask the dead weak proxies of other tests."""
    return sum(issubclass(type(thing), Drawable) for thing in gc.get_objects())


def test_a_scene_that_is_over_lets_go_of_its_sprites_at_once() -> None:
    group = {"type": "group", "opacity": 0.5, "objects": [{"type": "text", "text": "Hi"}, shaded()]}
    objects = [shaded(), shaded(keyframes=[{"time": 0, "x": 9}]), group]
    scenes = [{"duration": 1, "objects": objects}] * 6
    painter, timeline = painter_of({"width": 200, "height": 100, "scenes": scenes})
    target = np.empty((100, 200, 4), np.uint8)
    gc.collect()
    gc.disable()
    try:
        before = drawables()
        for scene in range(6):
            painter.draw(timeline.at(30 * scene), target)
        assert drawables() - before == 2 * 5
    finally:
        gc.enable()


def kept_bytes() -> int:
    """Of all bitmaps that slots keep."""
    return sum(thing._memory.nbytes for thing in gc.get_objects() if type(thing) is Slot)


def test_a_film_lets_go_of_what_rested_in_a_scene_that_is_over() -> None:
    clear = {"type": "text", "text": "Hi"}
    scenes = [{"duration": 1, "objects": [shaded(x=n) for n in range(5)]}]
    scenes += [{"duration": 1, "background-video": "a.mp4", "objects": [clear]}] * 3
    raw = {"width": 200, "height": 100, "scenes": scenes}
    painter, timeline = painter_of(raw, frames=lambda *_: np.full((100, 200, 4), 255, np.uint8))
    i420 = np.empty(200 * 100 * 3 // 2, np.uint8)
    gc.collect()
    before = kept_bytes()
    for frame in range(3):
        painter.film(timeline.at(frame), i420)
    rested = kept_bytes() - before
    assert rested > 5 * 60 * 40 * 4
    for frame in range(30, 100):
        painter.film(timeline.at(frame), i420)
    assert kept_bytes() - before < rested / 10  # the texts of the two scenes that are kept


def test_a_video_that_is_over_lets_go_of_its_last_frame() -> None:
    videos = [{"type": "video", "src": "a.mp4", "start": n / 5, "duration": 0.2} for n in range(8)]
    raw = {"width": 200, "height": 100, "scenes": [{"duration": 2, "objects": videos}]}
    painter, timeline = painter_of(raw, frames=lambda *_: np.full((100, 200, 4), 255, np.uint8))
    target = np.empty((100, 200, 4), np.uint8)
    gc.collect()
    before = sum(type(thing) is Bitmap for thing in gc.get_objects())
    for frame in range(48):
        painter.draw(timeline.at(frame), target)
    assert sum(type(thing) is Bitmap for thing in gc.get_objects()) - before <= 2
