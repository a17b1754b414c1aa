"""What objects and their animations are made of: the numbers that they share, and the manner of a struct."""

from typing import Annotated

from msgspec import Meta, Struct

MAX_SECONDS = 3600

Seconds = Annotated[float, Meta(ge=0, le=MAX_SECONDS)]
SomeSeconds = Annotated[float, Meta(gt=0, le=MAX_SECONDS)]  # seconds, more than none
Share = Annotated[float, Meta(ge=0, le=1)]
Scale = Annotated[float, Meta(ge=-100, le=100)]
Turn = Annotated[float, Meta(ge=-36_000, le=36_000)]  # degrees


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename="kebab"):
    """What every piece of a template has in common: kebab-case names, and only those."""
