"""How times are written in answers, and read from headers."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def iso(milliseconds: int) -> str:
    """`2024-12-12T12:21:55.936Z`, from milliseconds since 1970."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def http_date(header: str) -> datetime | None:
    """The moment that a header names, if it names one: anybody may have written it."""
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):  # the latter for numbers that are none of a date's
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
