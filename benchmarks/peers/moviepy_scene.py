"""Scenes A, B and C with MoviePy 2, in an environment that has it: python moviepy_scene.py ORDER (see layers.py).

As a user of it would: pictures drawn beforehand, moved, resized and faded by functions of the time. Its pictures sit
at whole pixels and a growing picture jumps by them; otherwise nothing of the scenes is missing.
"""

import json
import os
import sys
from pathlib import Path

from layers import Layer, layers

order = json.loads(Path(sys.argv[1]).read_text())
os.environ["FFMPEG_BINARY"] = order["ffmpeg"]  # before MoviePy looks for one

from moviepy import CompositeVideoClip, ImageClip, VideoClip, VideoFileClip, vfx  # noqa: E402


def clip_of(layer: Layer) -> VideoClip:
    opaque = layer.sprite[..., 3].min() == 255
    clip = ImageClip(layer.sprite[..., :3] if opaque else layer.sprite, duration=layer.duration)
    if layer.grows:
        clip = clip.with_effects([vfx.Resize(layer.scale)])
    if not opaque:
        clip = clip.with_mask(clip.mask.transform(lambda frame, t: frame(t) * layer.opacity(t), keep_duration=True))
    height, width = layer.sprite.shape[:2]

    def place(t: float) -> tuple[float, float]:
        scale = layer.scale(t)
        return layer.middle_x(t) - width * scale / 2, layer.middle_y(t) - height * scale / 2

    return clip.with_start(layer.start).with_position(place)


template = order["template"]
scene = template["scenes"][0]
clips = [clip_of(layer) for layer in layers(order)]
if "background-video" in scene:
    clips.insert(0, VideoFileClip(order["files"][scene["background-video"]], audio=False))
size = template["width"], template["height"]
film = CompositeVideoClip(clips, size, bg_color=(0, 0, 0)).with_duration(
    scene["duration"]
)  # without one it makes a mask
film.write_videofile(
    order["out"],
    fps=template["frame-rate"],
    codec="libx264",
    preset="veryfast",
    threads=4,
    audio=False,
    pixel_format="yuv420p",
    ffmpeg_params=["-crf", "20"],
    logger=None,
)
