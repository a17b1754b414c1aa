"""The query parameters of lists."""

from typing import Annotated

from litestar.params import QueryParameter

Page = Annotated[int, QueryParameter(name="page", ge=1, le=1_000_000, description="Counts from 1.")]
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many a page holds.")]
