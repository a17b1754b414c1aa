"""`/openapi.json`: Litestar's description of the handlers, with examples that work and every error that is answered."""

import copy
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.routes import HTTPRoute

from app.api import access, browsers
from app.api.clipcat import examples
from app.api.clipcat.frames import FORMATS
from app.api.clipi import describing as clipi
from app.api.fastclip import examples as fastclip
from app.api.fastclip import tus
from app.api.fastclip.shares import Looking
from app.api.fonts import FontAtUrl
from app.api.idempotency import MAX_KEY

TAGS = [
    Tag("Clipcat", "Templates in, videos out: the dialect of the Clipcat Video API, and what goes beyond it."),
    Tag("Clipi", "Tools for videos, sounds and pictures: the media tools of Clipi, and what goes beyond them."),
    Tag("FastClip", "Uploads, clips of them, their library and pages; keys, money, webhooks, the end of an account."),
    Tag("Tornado", "What the messages to addresses that an order named are signed with. Bulk downloads come next."),
    Tag("Assets", "Pictures, videos, sounds and fonts of your own, for templates to use as `asset:ID`."),
    Tag("Account", "Signing up and in, for people in browsers; the page /account uses these."),
    Tag("Fonts", "The families that texts may name, and brand fonts of your own."),
    Tag("Files", "Where files are read and sent; their addresses carry their own permission."),
    Tag("Service", "Whether the service is up and ready."),
]
REQUESTS: dict[str, dict[str, Any]] = {
    **examples.REQUESTS,
    **fastclip.REQUESTS,
    **clipi.REQUESTS,
    "POST /v1/fonts": {
        "A font at an address of yours": {"url": "https://example.com/fonts/our-brand.woff2", "family": "Our Brand"},
    },
    "POST /account/sign-up": {"A new account": {"email": "ann@example.com"}},
    "POST /account/forgot": {"A new password": {"email": "ann@example.com"}},
    "POST /account/link": {"Look at it": {"token": "what-stands-behind-#link="}},
    "POST /account/reset": {
        "By the mailed link": {"token": "what-stands-behind-#link=", "password": "correct horse battery"},
    },
    "POST /account/sign-in": {"Sign in": {"email": "ann@example.com", "password": "correct horse battery"}},
    "POST /account/password": {"Another one": {"current": "correct horse battery", "new": "staples and more staples"}},
    "POST /v1/keys": {"A key for a laptop": {"name": "laptop"}},
    "DELETE /v1/account": {"The password again": {"password": "correct horse battery"}},
}
_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_SERVED: dict[str, Any] = {
    "200": {"description": "The whole file, as the kind it is.", "content": {"*/*": _BINARY}},
    "206": {"description": "The part that the Range header asked for.", "content": {"*/*": _BINARY}},
    "304": {"description": "The client's copy is still the same."},
    "416": {"description": "The range lies outside the file."},
}
_SERVED_HEAD: dict[str, Any] = {
    **_SERVED,
    "200": {"description": "The headers that GET would answer with."},
    "206": {"description": "The same, for the part that the Range header asked for."},
}
_ANSWERS: dict[str, dict[str, Any]] = {
    "GET /files/{key}": {**_SERVED, "302": {"description": "Where the object store itself serves the file."}},
    "HEAD /files/{key}": _SERVED_HEAD,
    "GET /api/tools/download/{tool_job_id}": _SERVED,
    "HEAD /api/tools/download/{tool_job_id}": _SERVED_HEAD,
    **clipi.ANSWERS,
    "PUT /uploads/{key}": {"200": {"description": "All has arrived; the header ETag names it."}},
    "OPTIONS /v1/upload/tus": {"204": {"description": "In the headers, by the protocol."}},
    "POST /v1/upload/tus": {"201": {"description": "In the header Location, where to send it."}},
    "HEAD /v1/upload/tus/{file_id}": {"200": {"description": "In the header Upload-Offset, how much has arrived."}},
    "PATCH /v1/upload/tus/{file_id}": {"204": {"description": "In the header Upload-Offset, how much has arrived."}},
    "DELETE /v1/upload/tus/{file_id}": {"204": {"description": "It is given up."}},
    "POST /v1/templates/{uid}/frame": {
        "200": {
            "description": "The picture, in the `format` that was asked for.",
            "content": dict.fromkeys(FORMATS.values(), _BINARY),
        },
    },
}
"""What Litestar cannot see in the handlers: answers that are no JSON."""
_IDEMPOTENT = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Sent again with the same key within a day, a request gets the same answer and makes nothing. "
    "While the first is under way, it waits for it.",
    "schema": {"type": "string", "maxLength": MAX_KEY},
}
_BODIES: dict[str, type] = {"/v1/fonts": FontAtUrl, "/v1/share/{clip_id}/view": Looking}
"""By the path of a POST: the JSON that a handler reads from the request itself."""
_RAW = {"PUT /uploads/{key}": "*/*", "PATCH /v1/upload/tus/{file_id}": tus.BODY}
"""Bodies that are streams of bytes, and of which type."""
_PARAMETERS = {
    **dict.fromkeys(clipi.REQUESTS, _IDEMPOTENT),
    "POST /v1/renders": _IDEMPOTENT,
    "POST /v1/templates": _IDEMPOTENT,
    "POST /v1/assets": _IDEMPOTENT,
    "POST /v1/fonts": _IDEMPOTENT,
    "POST /v1/clip": _IDEMPOTENT,
    "POST /v1/upload/request": _IDEMPOTENT,
    "POST /v1/upload/multipart/initiate": _IDEMPOTENT,
    "POST /v1/upload/url": _IDEMPOTENT,
    "POST /v1/keys": _IDEMPOTENT,
    "POST /v1/webhooks": _IDEMPOTENT,
    "POST /v1/webhooks/{webhook_id}/test": _IDEMPOTENT,
    "POST /v1/webhooks/{webhook_id}/rotate-secret": _IDEMPOTENT,
    "POST /user/webhook-secret/rotate": _IDEMPOTENT,
}
"""What handlers read from the request themselves."""
_CONFLICTS = (
    "DELETE /v1/renders/{uid}",
    "DELETE /api/tools/jobs/{job_id}",
    "POST /v1/fonts",
    "POST /v1/keys",
    "POST /v1/account/signup-credit",
    "POST /v1/clip",
    "POST /v1/upload/request",
    "POST /v1/upload/multipart/initiate",
    "POST /v1/upload/multipart/complete",
    "POST /v1/upload/multipart/refresh",
    "POST /v1/upload/multipart/abort",
    "POST /v1/upload/abort",
    "POST /v1/upload/url",
    "PATCH /v1/upload/tus/{file_id}",
    "DELETE /v1/upload/tus/{file_id}",
    "PUT /uploads/{key}",
    "POST /v1/templates",
    "POST /v1/webhooks",
    "POST /v1/webhooks/{webhook_id}/test",
    "POST /v1/webhooks/{webhook_id}/rotate-secret",
    "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    "POST /user/webhook-secret/rotate",
)
_MORE_ERRORS = {
    "POST /v1/renders": ("402", "404"),
    "POST /v1/clip": ("402", "404", "410"),
    "POST /v1/upload/request": ("402",),
    "POST /v1/upload/multipart/initiate": ("402",),
    "POST /v1/upload/multipart/complete": ("404", "410"),
    "POST /v1/upload/multipart/refresh": ("404", "410"),
    "POST /v1/upload/multipart/abort": ("404", "410"),
    "POST /v1/upload/abort": ("404", "410"),
    "POST /v1/upload/url": ("402",),
    "GET /v1/upload/{file_id}": ("410",),
    "PUT /uploads/{key}": ("410",),
    "POST /v1/upload/tus": ("412", "413"),
    "HEAD /v1/upload/tus/{file_id}": ("410", "412"),
    "PATCH /v1/upload/tus/{file_id}": ("410", "412", "415", "460"),
    "DELETE /v1/upload/tus/{file_id}": ("410", "412"),
    "POST /account/sign-in": ("401",),
}
ERRORS = {
    "400": "Something in the request is wrong; `fields` say what to change and where.",
    "401": "No API key or session, or one that is not known.",
    "402": "The month's credits, or the balance, do not cover it.",
    "403": "The key was revoked, the account is banned, or this may not be done with a key, a session, or at all.",
    "404": "It is not there, or somebody else's.",
    "409": "Its present state forbids it.",
    "410": "The upload has expired.",
    "412": "This version of tus is not spoken here.",
    "413": "The body or file is larger than allowed.",
    "415": "The body is of another type than is taken here.",
    "422": "The media cannot be used, or an idempotency key came with another body.",
    "429": "The limit of the key, or of the address without one, is reached; try again after `Retry-After` seconds.",
    "460": "The body is not what its checksum says.",
    "503": "Something of ours is away or full; try again after `Retry-After` seconds.",
}
_ERROR = {
    "type": "object",
    "required": ["error", "code"],
    "properties": {
        "error": {"type": "string", "description": "A sentence that says what to change."},
        "code": {"type": "string", "description": "A word for programs."},
        "fields": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "retryAfter": {"type": "integer", "description": "Seconds; the same as the Retry-After header."},
    },
    "example": {
        "error": 'modifications[0].object: scene "Scene 1" has no object "titel"; did you mean "title"?',
        "code": "unknown_object",
        "fields": [{"path": "modifications[0].object", "message": 'did you mean "title"?'}],
    },
}


_COOKIE = (
    f"Set by POST /account/sign-in. Whatever it asks to change also needs the header {browsers.CSRF_HEADER}, as "
    "GET /account/session tells it, and comes from a page of ours or of CLIPYARD_CORS_ORIGINS."
)
_SECURITY: dict[access.Access, list[dict[str, list[str]]]] = {
    "key": [{"bearer": []}, {"key": []}],
    "session": [{"session": []}],
    "either": [{"bearer": []}, {"key": []}, {"session": []}],
}


class _Described(JsonRenderPlugin):
    """Litestar makes the document once; so do we."""

    _made: dict[str, Any] | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        self._made = self._made or described(openapi_schema, _accesses(request.app))
        return super().render(request, self._made)


def _accesses(app: Litestar) -> dict[str, access.Access]:
    return {
        f"{method} {route.path_format}": access.of(handler.opt)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
    }


def config(*, cookie: str) -> OpenAPIConfig:
    """Only the document: Litestar's own pages would load scripts from elsewhere. `cookie`: the session's name."""
    return OpenAPIConfig(
        title="Clipyard",
        version="1",
        description="A self-hosted video API: JSON template in, finished video out.",
        path="/openapi.json",
        use_handler_docstrings=True,
        render_plugins=[_Described(path="/")],
        tags=TAGS,
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description="Authorization: Bearer KEY"),
                "key": SecurityScheme(type="apiKey", name="X-Api-Key", security_scheme_in="header"),
                "session": SecurityScheme(type="apiKey", name=cookie, security_scheme_in="cookie", description=_COOKIE),
            }
        ),
        security=_SECURITY["key"],
    )


def described(document: dict[str, Any], accesses: Mapping[str, access.Access]) -> dict[str, Any]:
    """A copy of Litestar's document with our summaries, examples and errors. `accesses`: by "METHOD /path"."""
    whole = copy.deepcopy(document)
    schemas = whole["components"]["schemas"]
    schemas["Error"] = _ERROR
    schemas["Render"]["example"] = examples.RENDER
    schemas["DryRun"]["example"] = examples.DRY_RUN
    schemas["ClipJob"]["example"] = fastclip.CLIP_JOB
    asked, made = msgspec.json.schema_components(list(_BODIES.values()), ref_template="#/components/schemas/{name}")
    schemas.update(made)
    for path, schema in zip(_BODIES, asked, strict=True):
        body = whole["paths"][path]["post"].setdefault("requestBody", {"required": False, "content": {}})
        body["content"]["application/json"] = {"schema": schema}
    clipi.add_bodies(whole)
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            _complete(operation, path, method.upper(), accesses)
    return whole


def _complete(operation: dict[str, Any], path: str, method: str, accesses: Mapping[str, access.Access]) -> None:
    text = operation.get("description", "").strip()
    operation["summary"] = _first_words(text)
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "uid" and path.startswith("/v1/templates/") and method in ("GET", "POST"):
            parameter["example"] = "travel-list"
    name = f"{method} {path}"
    if access.is_open(path, method) or method == "OPTIONS":
        operation["security"] = []
    elif accesses[name] != "key":
        operation["security"] = _SECURITY[accesses[name]]
    if named := REQUESTS.get(name):
        content = operation["requestBody"]["content"]["application/json"]
        content["examples"] = {title: {"summary": title, "value": value} for title, value in named.items()}
    if name in _RAW:
        operation["requestBody"] = {"required": True, "content": {_RAW[name]: _BINARY}}
    operation["responses"].update(_ANSWERS.get(name, {}))
    for status in _errors(operation, path, method):
        operation["responses"][status] = {
            "description": ERRORS[status],
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }
    if name in tus.ASKED:
        asked = {"Tus-Resumable": f"The version of the protocol: {tus.VERSION}.", **tus.ASKED[name]}.items()
        headers = [{"name": header, "in": "header", "description": words, **_TEXT} for header, words in asked]
        operation["parameters"] = [*operation.get("parameters", []), *headers]
    if name in _PARAMETERS:
        operation["parameters"] = [*operation.get("parameters", []), _PARAMETERS[name]]


def _first_words(text: str) -> str:
    """Of a docstring, up to its first full stop or colon; plain text, for Swagger UI shows no Markdown there."""
    return (
        text.split("\n\n", maxsplit=1)[0]
        .split(". ", maxsplit=1)[0]
        .split(": ", maxsplit=1)[0]
        .rstrip(".")
        .replace("\n", " ")
        .replace("`", "")
    )


def _errors(operation: dict[str, Any], path: str, method: str) -> list[str]:
    """What the operation may answer beside its success; the same rules for all dialects."""
    found = ["503"] if path != "/health" else []
    found += ["429"] if access.is_counted(path, method) else []
    if operation.get("security") != []:
        found += ["401", "403"]
    if path.startswith("/account/"):
        found += ["403"]  # another site's page
    if "{" in path or f"{method} {path}" == "GET /v1/renders":  # which may name a template
        found += ["404"]
    if operation.get("parameters") or "requestBody" in operation:
        found += ["400"]
    if "requestBody" in operation:
        found += ["413", "422"]
    if _PARAMETERS.get(f"{method} {path}") is _IDEMPOTENT:
        found += ["400", "422"]
    if f"{method} {path}" in _CONFLICTS:
        found += ["409"]
    return sorted({*found, *_MORE_ERRORS.get(f"{method} {path}", ())})
