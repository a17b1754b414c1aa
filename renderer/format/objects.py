"""The objects of a scene: one struct for each `type`, and for each a keyframe with what it may animate."""

from functools import cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct

from renderer.format.animations import Animations
from renderer.format.easing import Easing, parse_easing
from renderer.format.parts import Part, Scale, Seconds, Share, SomeSeconds, Turn
from renderer.format.values import Color, Fill, FontSize, Length, Size, Spacing, parse_color

MAX_KEYFRAMES = 200
MAX_SPANS = 100
MAX_TEXT = 5_000
MAX_NAME = 200

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Address = Annotated[str, Meta(min_length=1)]  # of a picture, video or sound
Glide = Annotated[float, Meta(ge=0, le=10)]  # seconds
Skew = Annotated[float, Meta(ge=-89, le=89)]  # degrees
Volume = Annotated[float, Meta(ge=0, le=4)]
Decibels = Annotated[float, Meta(ge=-80, le=0)]  # below full scale
LineHeight = Annotated[float, Meta(ge=0.1, le=10)]
Weight = Annotated[int, Meta(ge=1, le=1000, examples=[700])]
Slant = Literal["normal", "italic"]

Anchor = Literal["top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right"]
Fit = Literal["cover", "contain", "fill"]
BlendMode = Literal[
    "normal",
    "multiply",
    "screen",
    "overlay",
    "darken",
    "lighten",
    "color-dodge",
    "color-burn",
    "hard-light",
    "soft-light",
    "difference",
    "exclusion",
    "hue",
    "saturation",
    "color",
    "luminosity",
    "plus-lighter",
]

AnyKeyframe = TypeVar("AnyKeyframe")
Keyframes = Annotated[
    tuple[AnyKeyframe, ...],
    Meta(max_length=MAX_KEYFRAMES, examples=[[{"time": 0, "opacity": 0}, {"time": 1, "opacity": 1}]]),
]

LINEAR = parse_easing("linear")
BLACK = parse_color("#000")
WHITE = parse_color("#fff")
ZERO = Length()
NONE = Size()
FULL = Size(percent=100)
HUNDRED = Size(100)


class Keyframe(Part, frozen=True, kw_only=True):
    """`easing` says how values approach this keyframe; subclasses hold the properties it sets."""

    time: Seconds
    easing: Easing = LINEAR


class Object(Part, frozen=True, kw_only=True):
    """`start` counts from the start of what it lies in; `duration` None lasts to the end of that."""

    name: Name | None = None
    start: Seconds = 0.0
    duration: SomeSeconds | None = None
    visible: bool = True
    keyframes: Keyframes[Keyframe] = ()


class Drawn(Object, frozen=True, kw_only=True):
    """What can be seen. `x`, `y` is where the `anchor` of its box sits; it turns about its centre."""

    x: Length = ZERO
    y: Length = ZERO
    width: Size | None = None
    height: Size | None = None
    anchor: Anchor = "top-left"
    rotation: Turn = 0.0
    scale: Scale = 1.0
    scale_x: Scale = 1.0
    scale_y: Scale = 1.0
    skew_x: Skew = 0.0
    skew_y: Skew = 0.0
    opacity: Share = 1.0
    blend_mode: BlendMode = "normal"
    shadow_color: Color | None = None
    shadow_blur: Size = NONE
    shadow_x: Length = ZERO
    shadow_y: Length = ZERO


class Box(Drawn, frozen=True, kw_only=True):
    border_color: Color = BLACK
    border_width: Size = NONE


class Shape(Box, frozen=True, kw_only=True):
    width: Size = HUNDRED
    height: Size = HUNDRED
    background_color: Fill | None = None
    background_image: Address | None = None
    fit: Fit = "cover"
    focus_x: Share = 0.5
    focus_y: Share = 0.5


class RectangleFields(Shape, frozen=True, kw_only=True):
    border_radius: Size = NONE


class Picture(Box, frozen=True, kw_only=True):
    width: Size = FULL
    height: Size = FULL
    border_radius: Size = NONE
    src: Address
    fit: Fit = "cover"
    focus_x: Share = 0.5
    focus_y: Share = 0.5


class VideoFields(Picture, frozen=True, kw_only=True):
    trim_start: Seconds = 0.0
    trim_end: SomeSeconds | None = None
    loop: bool = False
    volume: Volume = 1.0


class TextSpan(Part, frozen=True, kw_only=True):
    """How the words `match` look, wherever the text has them. What is None is as in the text around them."""

    match: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
    whole_words: bool = False
    color: Color | None = None
    font_family: Name | None = None
    font_size: FontSize | None = None
    font_weight: Weight | None = None
    font_style: Slant | None = None
    letter_spacing: Spacing | None = None
    stroke_color: Color | None = None
    stroke_width: Size | None = None
    background_color: Color | None = None
    text_decoration: Literal["none", "underline", "line-through"] | None = None


class TextFields(Drawn, frozen=True, kw_only=True):
    text: Annotated[str, Meta(max_length=MAX_TEXT)]
    spans: Annotated[tuple[TextSpan, ...], Meta(max_length=MAX_SPANS)] = ()
    color: Fill = WHITE
    font_family: Name = "Inter"
    font_size: Size = Size(48)
    font_weight: Weight = 400
    font_style: Slant = "normal"
    line_height: LineHeight = 1.2
    letter_spacing: Spacing = Spacing()
    text_align: Literal["start", "left", "center", "right", "end"] = "start"
    vertical_align: Literal["top", "middle", "bottom"] = "top"
    text_transform: Literal["none", "uppercase", "lowercase", "capitalize"] = "none"
    wrap: bool = True
    autofit: Literal["none", "shrink", "fill"] = "none"
    min_font_size: Size = Size(8)
    max_font_size: Size | None = None
    stroke_color: Color = BLACK
    stroke_width: Size = NONE
    background_color: Fill | None = None
    background_radius: Size = NONE
    padding: Size = NONE
    animations: Annotated[Animations, Meta(examples=[[{"type": "fade", "by": "word"}]])] = ()


class AudioFields(Object, frozen=True, kw_only=True):
    src: Address
    volume: Volume = 1.0
    trim_start: Seconds = 0.0
    trim_end: SomeSeconds | None = None
    loop: bool = False
    fade_in: Seconds = 0.0
    fade_out: Seconds = 0.0
    duck: Share = 1.0
    duck_attack: Glide = 0.3
    duck_release: Glide = 0.8
    duck_threshold: Decibels = -40.0


class GroupFields(Drawn, frozen=True, kw_only=True):
    """A canvas of its own: the lengths of its objects refer to it, their times to its start."""

    width: Size = FULL
    height: Size = FULL
    clip: bool = False


# What a keyframe may set: numbers, lengths, colours; but no times, and no weight, of which a font has few.
_ANIMATED_TYPES = (Length, Size, Spacing, Color, Fill, Share, Scale, Turn, Skew, Volume, LineHeight)


@cache
def animated_fields(fields: type[Struct]) -> dict[str, Any]:
    """The types of the properties that a keyframe of this object may set, None taken away, by Python name."""
    hints = get_type_hints(fields, include_extras=True)
    bare = {name: _without_none(hint) for name, hint in hints.items()}
    return {name: hint for name, hint in bare.items() if hint in _ANIMATED_TYPES}


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (None, Annotated, tuple, Literal):
        return hint
    rest = [choice for choice in get_args(hint) if choice is not type(None)]
    return rest[0] if len(rest) == 1 else hint


if TYPE_CHECKING:
    TextKeyframe: TypeAlias = Keyframe
    RectangleKeyframe: TypeAlias = Keyframe
    CircleKeyframe: TypeAlias = Keyframe
    ImageKeyframe: TypeAlias = Keyframe
    VideoKeyframe: TypeAlias = Keyframe
    AudioKeyframe: TypeAlias = Keyframe
    GroupKeyframe: TypeAlias = Keyframe
else:

    def _keyframe(name, fields):
        properties = [(field, kind | UnsetType, UNSET) for field, kind in animated_fields(fields).items()]
        return defstruct(name, properties, bases=(Keyframe,), module=__name__, frozen=True, kw_only=True)

    TextKeyframe = _keyframe("TextKeyframe", TextFields)
    RectangleKeyframe = _keyframe("RectangleKeyframe", RectangleFields)
    CircleKeyframe = _keyframe("CircleKeyframe", Shape)
    ImageKeyframe = _keyframe("ImageKeyframe", Picture)
    VideoKeyframe = _keyframe("VideoKeyframe", VideoFields)
    AudioKeyframe = _keyframe("AudioKeyframe", AudioFields)
    GroupKeyframe = _keyframe("GroupKeyframe", GroupFields)


class Text(TextFields, frozen=True, kw_only=True, tag="text"):
    keyframes: Keyframes[TextKeyframe] = ()


class Rectangle(RectangleFields, frozen=True, kw_only=True, tag="rectangle"):
    keyframes: Keyframes[RectangleKeyframe] = ()


class Circle(Shape, frozen=True, kw_only=True, tag="circle"):
    """An ellipse in its box."""

    keyframes: Keyframes[CircleKeyframe] = ()


class Image(Picture, frozen=True, kw_only=True, tag="image"):
    keyframes: Keyframes[ImageKeyframe] = ()


class Video(VideoFields, frozen=True, kw_only=True, tag="video"):
    """Shorter than its span and not looping, it holds its last frame."""

    keyframes: Keyframes[VideoKeyframe] = ()


class Audio(AudioFields, frozen=True, kw_only=True, tag="audio"):
    keyframes: Keyframes[AudioKeyframe] = ()


class Group(GroupFields, frozen=True, kw_only=True, tag="group"):
    objects: "tuple[AnyObject, ...]" = ()
    keyframes: Keyframes[GroupKeyframe] = ()


AnyObject = Text | Rectangle | Circle | Image | Video | Audio | Group
OBJECT_KINDS: dict[str, type[Struct]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyObject)}
