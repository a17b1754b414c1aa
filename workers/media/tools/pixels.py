"""Filters that make pictures what they are seen as: upright, progressive, of standard range, of even size."""

from msgspec import Struct

from app.tools import Format
from workers.media.tools.formats import coded_pictures
from workers.media.tools.source import Source

# By light, as the renderer does it (renderer/media/light.py): to linear, to BT.709's primaries, highlights of up to
# 1000 cd/m² rolled off, back to a code.
_TO_STANDARD = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:param=0.5:desat=0:peak=4.93,"
    "zscale=t=iec61966-2-1:m=bt709:r=tv,setparams=color_trc=bt709"
)
_OF_BT2020 = "setparams=color_primaries=bt2020:colorspace=bt2020nc"  # as nearly all such pictures are
# A picture over white is the negative of its negative over black.
_OVER_WHITE = "format=gbrap,negate,premultiply=inplace=1,negate"

_AS_TIMED = ["-fps_mode", "vfr", "-enc_time_base", "filter"]  # at their own times, not at the nearest of a steady rate
# Where they are coded in another order, MP4 counts how long they last in that one, and the end may be lost.
_IN_ORDER = ["-bf", "0"]


class Size(Struct, frozen=True):
    width: int
    height: int


def even(pixels: float) -> int:
    """The nearest even number, which codecs need."""
    return max(2, 2 * round(pixels / 2))


def size_for(source: Source, width: int | None, height: int | None) -> Size:
    """As asked for; where one is missing, in the source's shape. All even."""
    whole = source.info
    if width is None and height is None:
        return Size(even(whole.width), even(whole.height))
    if width is None:
        assert height is not None
        width = max(1, round(whole.width * height / whole.height))
    if height is None:
        height = max(1, round(whole.height * width / whole.width))
    return Size(even(width), even(height))


def seen(source: Source, *, alpha: bool = False) -> list[str]:
    """Filters for any further work on the pictures, which ffmpeg sets upright by itself. Without `alpha` over white."""
    moving = source.pictures
    filters = ["bwdif=mode=send_frame"] if moving.interlaced else []
    if moving.hdr:
        filters += [_TO_STANDARD] if moving.tagged else [_OF_BT2020, _TO_STANDARD]
    return filters + ([_OVER_WHITE] if moving.alpha and not alpha else [])


def square(source: Source) -> list[str]:
    """Old cameras have oblong pixels."""
    return [] if source.pictures.square else [scaled(source.info.width, source.info.height)]


def scaled(width: int, height: int) -> str:
    return f"scale={width}:{height}:flags=lanczos,setsar=1"


def evened(source: Source) -> list[str]:
    """An odd row or column is cut off rather than the picture blurred."""
    width, height = source.info.width, source.info.height
    if min(width, height) < 2:
        return [scaled(max(2, even(width)), max(2, even(height)))]
    return ["crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0:exact=1"] if width % 2 or height % 2 else []


def coded(source: Source, filters: list[str], container: Format, codec: list[str] | None = None) -> list[str]:
    """Pictures coded for a format, after filters. WebM alone knows alpha."""
    alpha = source.pictures.alpha and container == "webm"
    drawn = [*seen(source, alpha=alpha), *filters, f"format={'yuva420p' if alpha else 'yuv420p'}"]
    timed = [*_AS_TIMED, *([] if source.pictures.steady else _IN_ORDER)]
    return ["-vf", ",".join(drawn), *timed, *(codec or coded_pictures(container))]
