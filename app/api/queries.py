"""Query parameters that nobody reads are refused, as unknown fields of a body are: misspelt they would do nothing."""

from typing import Any

import msgspec
from litestar import Request

from app.errors import InvalidInput, Problem
from renderer.format.names import did_you_mean


async def known_only(request: Request[Any, Any, Any]) -> None:
    """Before the handler of a router. Raises InvalidInput."""
    known = _parameters(request)
    problems = tuple(
        Problem(name[:100], f'unknown query parameter "{name[:100]}"{did_you_mean(name, known)} {_there(known)}')
        for name in request.query_params
        if name not in known
    )
    if problems:
        raise InvalidInput(problems[0].message, fields=problems[:20])


def _parameters(request: Request[Any, Any, Any]) -> list[str]:
    """The parameters of the handler that come neither from the path nor from us."""
    fields = msgspec.structs.fields(request.route_handler.signature_model)
    provided = {*request.path_params, "request", "data", *request.route_handler.resolve_dependencies()}
    return [field.name for field in fields if field.name not in provided]


def _there(known: list[str]) -> str:
    return f"There is: {', '.join(known)}." if known else "There is none here."
