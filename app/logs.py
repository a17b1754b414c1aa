"""Log lines: readable on a terminal, one JSON object each elsewhere. Secrets that slip into a line are masked."""

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal

import msgspec

_SECRET = re.compile(r"\b(clp_|whsec_)[A-Za-z0-9+/=]{8,}|(?<=://)[^/@\s:]+:[^/@\s]+(?=@)")


def configure(style: Literal["auto", "json", "text"], process: str) -> None:
    """Send every logger's lines to standard error in one form; `process` names who speaks."""
    handler = logging.StreamHandler(sys.stderr)
    readable = style == "text" or (style == "auto" and sys.stderr.isatty())
    handler.setFormatter(_Readable(process) if readable else _Json(process))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("dramatiq", "piccolo", "botocore", "aiobotocore", "uvicorn.access", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for alarming in ("pika", "asyncpg"):  # an outage as pages of tracebacks, where we say it in a line
        logging.getLogger(alarming).setLevel(logging.CRITICAL)


def masked(text: str) -> str:
    return _SECRET.sub(lambda match: f"{match.group(1) or ''}…", text)


class _Readable(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s {process:7s} %(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class _Json(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = masked(self.formatException(record.exc_info))
        return msgspec.json.encode(line).decode()
