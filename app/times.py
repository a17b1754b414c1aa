"""How times are written in answers."""

from datetime import UTC, datetime


def iso(milliseconds: int) -> str:
    """`2024-12-12T12:21:55.936Z`, from milliseconds since 1970."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"
