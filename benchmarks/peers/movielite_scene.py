"""Scenes A, B and C with movielite, in an environment that has it: python movielite_scene.py ORDER (see layers.py).

As a user of it would, with one process a core. Its quality levels have veryfast at a rate factor of 21 and not 20,
which is a little less work than ours; its pictures sit at whole pixels, and nothing else of the scenes is missing.
"""

import json
import os
import sys
from pathlib import Path

from layers import Layer, layers
from movielite import GraphicClip, ImageClip, VideoClip, VideoQuality, VideoWriter


def clip_of(layer: Layer) -> GraphicClip:
    height, width = layer.sprite.shape[:2]

    def place(t: float) -> tuple[int, int]:
        scale = layer.scale(t)
        return round(layer.middle_x(t) - width * scale / 2), round(layer.middle_y(t) - height * scale / 2)

    clip = ImageClip(layer.sprite, start=layer.start, duration=layer.duration)
    return clip.set_position(place).set_scale(layer.scale).set_opacity(layer.opacity)


def main() -> None:
    order = json.loads(Path(sys.argv[1]).read_text())
    template = order["template"]
    scene = template["scenes"][0]
    clips = [clip_of(layer) for layer in layers(order)]
    if "background-video" in scene:
        clips.insert(0, VideoClip(order["files"][scene["background-video"]], duration=scene["duration"]))
    size = template["width"], template["height"]
    writer = VideoWriter(order["out"], fps=template["frame-rate"], size=size, duration=scene["duration"])
    writer.add_clips(clips).write(processes=os.cpu_count() or 1, video_quality=VideoQuality.MIDDLE)


if __name__ == "__main__":
    main()
