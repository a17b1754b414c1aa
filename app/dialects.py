"""What differs between the API's dialects as plain data: their names, and how often their clients may ask."""

from typing import Literal

from msgspec import Struct

Dialect = Literal["clipcat", "clipi", "fastclip", "videodev", "tornado", "clipyard"]


class Limit(Struct, frozen=True, kw_only=True):
    """At most `count` requests within any `window_s` seconds; None: as many as the setting says.

    `by_user`: with a key that its user made, where that is another number. `name` is what a key's own limits call it.
    """

    name: str
    count: int | None
    window_s: int
    by_user: int | None = None
    words: str = "Rate limit exceeded ({count} in {window_s} s)"


_MINUTE = Limit(name="minute", count=None, window_s=60, words="Rate limit exceeded ({count}/min)")
_HOUR = Limit(name="clipi-hour", count=100, by_user=50, window_s=3600, words="Hourly rate limit exceeded ({count}/hr)")
_DAY = Limit(
    name="clipi-day", count=1000, by_user=500, window_s=86_400, words="Daily rate limit exceeded ({count}/day)"
)
LIMITS: dict[Dialect, tuple[Limit, ...]] = {
    "clipcat": (Limit(name="clipcat", count=30, window_s=10),),
    "clipi": (_HOUR, _DAY),
    "fastclip": (_MINUTE,),
    "videodev": (_MINUTE,),
    "tornado": (),
    "clipyard": (_MINUTE,),
}
