"""What the API's dialects are called. How often their clients may ask: `services/limits.py`."""

from typing import Literal

Dialect = Literal["clipcat", "clipi", "fastclip", "videodev", "tornado", "clipyard"]
