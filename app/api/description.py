"""`/openapi.json`: Litestar's description of the handlers, with examples that work and every error that is answered."""

import copy
from typing import Any

from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag

from app.api.auth import is_open
from app.api.clipcat import examples

TAGS = [
    Tag("Clipcat", "Templates in, videos out: the dialect of the Clipcat Video API, and what goes beyond it."),
    Tag("Assets", "Pictures, videos, sounds and fonts of your own, for templates to use as `asset:ID`."),
    Tag("Fonts", "The families that texts may name, and brand fonts of your own."),
    Tag("Files", "Finished videos and previews; their addresses carry their own permission."),
    Tag("Service", "Whether the service is up and ready."),
]
REQUESTS = examples.REQUESTS
ERRORS = {
    "400": "Something in the request is wrong; `fields` say what to change and where.",
    "401": "No API key, or one that is not known.",
    "402": "The month's credits do not cover it.",
    "403": "The key was revoked, or this may not be changed.",
    "404": "It is not there, or somebody else's.",
    "409": "Its present state forbids it.",
    "413": "The body or file is larger than allowed.",
    "422": "The media cannot be used, or an idempotency key came with another body.",
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


class _Described(JsonRenderPlugin):
    """Litestar makes the document once; so do we."""

    _made: dict[str, Any] | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        self._made = self._made or described(openapi_schema)
        return super().render(request, self._made)


def config() -> OpenAPIConfig:
    """Only the document: Litestar's own pages would load scripts from elsewhere."""
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
            }
        ),
        security=[{"bearer": []}, {"key": []}],
    )


def described(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of Litestar's document with our summaries, examples and errors."""
    whole = copy.deepcopy(document)
    whole["components"]["schemas"]["Error"] = _ERROR
    whole["components"]["schemas"]["Render"]["example"] = examples.RENDER
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            _complete(operation, path, method.upper())
    return whole


def _complete(operation: dict[str, Any], path: str, method: str) -> None:
    text = operation.get("description", "").strip()
    operation["summary"] = _first_words(text)
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "uid" and path.startswith("/v1/templates/") and method in ("GET", "POST"):
            parameter["example"] = "travel-list"
    if is_open(path.replace("{key}", "x")):
        operation["security"] = []
    for content in operation.get("requestBody", {}).get("content", {}).values():
        named = REQUESTS.get(f"{method} {path}", {})
        if named:
            content["examples"] = {name: {"summary": name, "value": value} for name, value in named.items()}
    for status in _errors(operation, path, method):
        operation["responses"][status] = {
            "description": ERRORS[status],
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }


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
    if "security" not in operation:
        found += ["401", "403"]
    if "{" in path:
        found += ["404"]
    if operation.get("parameters") or "requestBody" in operation:
        found += ["400"]
    if "requestBody" in operation:
        found += ["413", "422"]
    if method in ("POST", "DELETE"):
        found += ["409"]
    if f"{method} {path}" == "POST /v1/renders":
        found += ["402", "404"]
    return sorted(found)
