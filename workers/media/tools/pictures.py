"""Tools for pictures: set upright, in sRGB, without what else a camera wrote of its owner."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageSequence

from app.tools import CompressImage, ImageConverter, ImageFormat, ResizeImage
from renderer.errors import MediaError, Stopped, writing
from renderer.media.photographs import DAMAGE, broken, in_srgb, opened, shown_size, upright
from workers.media.orders import Made
from workers.media.tools.task import Task

_KEPT: dict[str, ImageFormat] = {"JPEG": "jpg", "WEBP": "webp"}  # everything else becomes PNG, which loses nothing
_SMALLEST: dict[str, ImageFormat] = {"JPEG": "jpg", "PNG": "png", "GIF": "png"}  # of everything else WebP
# What Pillow tells of a file that says nothing of its owner.
_HARMLESS = {
    *("jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "progressive", "progression", "adobe"),
    *("adobe_transform", "transparency", "gamma", "srgb", "chromaticity", "interlace", "aspect", "loop", "background"),
    *("duration", "timestamp", "default_image", "disposal", "blend"),
}
_GOOD = {"jpg": 92, "webp": 90}
_ALL_FRAMES = 200_000_000  # pixels of an animation, in all its frames
_FIRST_ONLY = "The picture moves; of it the first frame was used. WebP keeps them all."


def image_converter(task: Task, tool: ImageConverter) -> Made:
    """WebP keeps an animation; of others the first frame is used."""
    with _decoded(task.source) as image:
        if _moves(image) and tool.output_format == "webp":
            return _animated(task, image, shown_size(image), _GOOD["webp"])
        still = _plain(image, shown_size(image), tool.output_format)
        _save(still, task.out, tool.output_format, _GOOD.get(tool.output_format))
        return task.pictured(tool.output_format, warnings=(_FIRST_ONLY,) if _moves(image) else ())


def resize_image(task: Task, tool: ResizeImage) -> Made:
    with _decoded(task.source) as image:
        whole = shown_size(image)
        width = tool.width or max(1, round(whole[0] * (tool.height or whole[1]) / whole[1]))
        height = tool.height or max(1, round(whole[1] * (tool.width or whole[0]) / whole[0]))
        _refuse_moving(image)
        kind = _KEPT.get(str(image.format), "png")
        if _moves(image):
            return _animated(task, image, (width, height), _GOOD["webp"])
        still = _plain(image, (width, height), kind)
        _save(still, task.out, kind, _GOOD.get(kind))
        return task.pictured(kind)


def compress_image(task: Task, tool: CompressImage) -> Made:
    """PNG with as many colours as the quality leaves, up to 256. What gets no smaller stays as it is."""
    with _decoded(task.source) as image:
        _refuse_moving(image)
        kind = _SMALLEST.get(str(image.format), "webp")
        if _moves(image):
            made = _animated(task, image, shown_size(image), tool.quality)
        else:
            still = _plain(image, shown_size(image), kind)
            if kind == "png" and tool.quality < 100:
                still = _with_few_colours(still, max(2, round(256 * min(1, tool.quality / 75))))
            _save(still, task.out, kind, tool.quality)
            made = task.pictured(kind)
        as_it_is = image.format in ("JPEG", "PNG", "WEBP") and set(image.info) <= _HARMLESS
        if made.bytes < task.source.stat().st_size or not as_it_is:
            return made
    with writing("picture"):
        shutil.copyfile(task.source, task.out)
    return task.pictured(kind, copied=True, warnings=("The picture is as small already, so it was kept as it is.",))


@contextmanager
def _decoded(path: Path) -> Iterator[Image.Image]:
    """An opened picture; what turns out to be broken while it is decoded is a MediaError, too."""
    with opened(path) as image:
        try:
            yield image
        except DAMAGE as error:
            raise broken() from error


def _moves(image: Image.Image) -> bool:
    return bool(getattr(image, "is_animated", False))


def _refuse_moving(image: Image.Image) -> None:
    """MediaError for an animation that could not be kept one."""
    if _moves(image) and image.format != "WEBP":
        advice = 'image-converter with outputFormat "webp" keeps it moving, gif makes a GIF smaller'
        raise MediaError("unsupported_media", f"The picture is animated, and this tool is for still ones: {advice}.")


def _plain(image: Image.Image, size: tuple[int, int], kind: ImageFormat) -> Image.Image:
    """Upright, in sRGB and of this size; JPEG has no alpha, so there it lies on white."""
    near = (size[0] * 2, size[1] * 2)  # twice as large as needed is shrunk without a trace
    whole = shown_size(image)
    drawn = upright(image, near if near[0] < whole[0] and near[1] < whole[1] else whole)
    if drawn.has_transparency_data:
        drawn = in_srgb(drawn, "RGBA")
    else:
        drawn = in_srgb(drawn, "L" if drawn.mode[0] in "1LI" else "RGB")
    if drawn.size != size:
        drawn = drawn.resize(size, Image.Resampling.LANCZOS)
    return _on_white(drawn) if kind == "jpg" and drawn.mode == "RGBA" else drawn


def _on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground.convert("RGB")


def _with_few_colours(image: Image.Image, colours: int) -> Image.Image:
    if image.mode == "L" and colours == 256:
        return image
    method = Image.Quantize.FASTOCTREE if image.mode == "RGBA" else Image.Quantize.MEDIANCUT
    return image.quantize(colours, method=method, dither=Image.Dither.FLOYDSTEINBERG)


def _save(image: Image.Image, out: Path, kind: ImageFormat, quality: int | None) -> None:
    image.info.clear()  # where it was taken, by which camera, with which preview
    options: dict[ImageFormat, dict[str, Any]] = {
        "jpg": {
            "quality": quality,
            "optimize": True,
            "progressive": True,
            "subsampling": 0 if (quality or 0) > 90 else 2,
        },
        "png": {"optimize": image.mode == "P"},
        "webp": {"quality": quality, "method": 4},
    }
    with writing("picture"):
        image.save(out, "JPEG" if kind == "jpg" else kind.upper(), **options[kind])


def _animated(task: Task, image: Image.Image, size: tuple[int, int], quality: int) -> Made:
    """All frames, as WebP."""
    frames, times = [], []
    for count, frame in enumerate(ImageSequence.Iterator(image), 1):
        if count * max(frame.width * frame.height, size[0] * size[1]) > _ALL_FRAMES:
            limit = f"{_ALL_FRAMES // 1_000_000} megapixels in all its frames"
            raise MediaError("media_too_large", f"The animation has more than {limit}. Make a video of it (convert).")
        if task.stop():
            raise Stopped()
        frames.append(_plain(frame.copy(), size, "webp"))
        times.append(frame.info.get("duration") or 100)
    options: dict[str, Any] = {"duration": times, "loop": image.info.get("loop", 0), "quality": quality, "method": 3}
    for frame in frames:
        frame.info.clear()
    with writing("picture"):
        frames[0].save(task.out, "WEBP", save_all=True, append_images=frames[1:], **options)
    return task.pictured("webp")
