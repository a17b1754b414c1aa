"""Every refusal and failure as one JSON body: `error`, `code`, and where they apply `fields`, `retryAfter`."""

import errno
import logging
import math
import socket
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from msgspec import Struct

from app import errors, ids
from app.api import access
from app.api.bodies import ClientGone
from app.db.engine import NOT_TEXT, UNREACHABLE
from app.settings import SettingsError
from renderer.errors import EncodeError, MediaError, RenderError, Stopped, TemplateError
from renderer.format.refusals import structured

STATUSES: dict[type[Exception], int] = {
    errors.InvalidInput: 400,
    errors.Unsupported: 422,
    errors.Unauthorized: 401,
    errors.PaymentRequired: 402,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.IdempotencyMismatch: 422,
    errors.SourceFailed: 422,
    errors.LimitReached: 429,
    errors.Unavailable: 503,
    errors.StorageFailed: 503,
    TemplateError: 400,
    MediaError: 422,
    EncodeError: 503,
    Stopped: 503,
}
RETRY_S = 5.0
"""When to come back after a failure of ours that is likely to pass."""

log = logging.getLogger("clipyard.api")


class ErrorBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`error` says what to change, `code` is for programs, `fields` say where."""

    error: str
    code: str
    fields: tuple[errors.Problem, ...] = ()
    retry_after: int | None = msgspec.field(default=None, name="retryAfter")


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The response to whatever a handler, or Litestar before it, raised."""
    match error:
        case errors.AppError():
            return _response(
                _status(error), error.message, error.code, error.fields, error.retry_after_s, _extra(request, error)
            )
        case RenderError():
            return _response(_status(error), error.message, error.code, error.problems)
        case HTTPException() if error.status_code < 500:
            return _refused_by_litestar(request, error)
        case ClientGone():
            return _response(400, "The request ended before its body did.", "client_gone")
        case SettingsError():
            log.error("%s", error)
            message = "This service is not set up rightly. Its operator finds the reason in its log."
            return _response(503, message, "not_configured")
        case OSError() if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _response(503, "The disk of this service is full. Try again later.", "disk_full", (), 60)
        case _ if isinstance(error, NOT_TEXT):
            return _response(400, "The request holds a null character. Leave it out.", "invalid_request")
        case _ if _from_the_database(error):
            log.warning("the database does not answer: %r", error)
            message = "The database does not answer. Try again in a moment."
            return _response(503, message, "database_unavailable", (), RETRY_S)
    return _unexpected(request, error)


def body_of(error: errors.AppError | RenderError) -> ErrorBody:
    """What `answer` sends for it."""
    fields = error.fields if isinstance(error, errors.AppError) else error.problems
    return ErrorBody(error=errors.sentence(error.message), code=error.code, fields=fields)


def _from_the_database(error: Exception) -> bool:
    """Of plain OSErrors only those of a connection; a file of ours that cannot be read is no outage.

    A host with several addresses that all refuse is an OSError without a number.
    """
    if isinstance(error, OSError) and not isinstance(error, (ConnectionError, TimeoutError, socket.gaierror)):
        return error.errno in (None, errno.EHOSTUNREACH, errno.ENETUNREACH)
    return isinstance(error, UNREACHABLE)


def _status(error: Exception) -> int:
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def _extra(request: Request[Any, Any, Any], error: errors.AppError) -> dict[str, str]:
    match error:
        case errors.Unauthorized() if access.of(request.scope["route_handler"].opt) != "session":
            return {"WWW-Authenticate": "Bearer"}
        case errors.LimitReached():
            return dict(error.headers)
    return {}


def _refused_by_litestar(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    path = request.url.path
    match error:
        case MethodNotAllowedException():
            allow = ", ".join(sorted((error.headers or {}).get("allow", "").split(", ")))
            message = f"{request.method} is not possible at {path[:200]}. Allowed: {allow}."
            return _response(405, message, "method_not_allowed", extra={"Allow": allow})
        case NotFoundException():
            message = f"There is nothing at {path[:200]}. /openapi.json lists every address."
            return _response(404, message, "not_found")
        case ValidationException():
            problems = tuple(_problem(request, item) for item in error.extra or ())
            told = (f"{p.path}: {p.message}" for p in problems)
            message = errors.sentence(*told) if problems else "The request is not valid."
            return _response(400, message, "invalid_request", problems)
    return _response(error.status_code, str(error.detail), "invalid_request", extra=dict(error.headers or {}))


def _problem(request: Request[Any, Any, Any], item: Any) -> errors.Problem:
    """Litestar's complaint about a query parameter, in the words of ours, or about a body that is not there."""
    name = item.get("key", "")
    if name == "data":
        return errors.Problem("body", "expected JSON, not an empty body")
    parameters = {field.name: field.type for field in msgspec.structs.fields(request.route_handler.signature_model)}
    try:
        structured(request.query_params.get(name), parameters.get(name, Any), name)
    except TemplateError as told:
        return told.problems[0]
    return errors.Problem(name, item.get("message", "").replace("`", '"'))


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    number = ids.request_id()
    log.error("%s %s %s failed", number, request.method, request.url.path, exc_info=error)
    message = "Something of ours failed. Try again; the operator finds more under the X-Request-Id."
    return _response(500, message, "internal_error", extra={"X-Request-Id": number})


def _response(
    status: int,
    message: str,
    code: str,
    fields: tuple[errors.Problem, ...] = (),
    retry_after_s: float | None = None,
    extra: dict[str, str] | None = None,
) -> Response[bytes]:
    if retry_after_s is None and status == 503:
        retry_after_s = RETRY_S
    seconds = None if retry_after_s is None else math.ceil(retry_after_s)
    headers = {**(extra or {}), **({} if seconds is None else {"Retry-After": str(seconds)})}
    body = ErrorBody(error=errors.sentence(message), code=code, fields=fields, retry_after=seconds)
    return Response(msgspec.json.encode(body), status_code=status, media_type=MediaType.JSON, headers=headers)
