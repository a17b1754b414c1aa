"""How the tools' bodies stand in the API's description: their fields as forms and as JSON, with examples that work."""

from typing import Any

import msgspec

from app import tools
from app.api.clipi.recipes import PIPELINE, TOLD, most_files

_VIDEO = {"url": "https://example.com/video.mp4"}
_SOUND = {"url": "https://example.com/sound.mp3"}
_PICTURE = {"url": "https://example.com/picture.png"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "convert": {**_VIDEO, "outputFormat": "webm"},
    "compress": {**_VIDEO, "quality": "low"},
    "extract-audio": {**_VIDEO, "audioFormat": "mp3"},
    "gif": {**_VIDEO, "startTime": 2, "duration": 3, "width": 320},
    "thumbnail": {**_VIDEO, "timestamp": 1.5, "width": 640, "format": "webp"},
    "trim-video": {**_VIDEO, "startTime": 10, "endTime": 30},
    "resize-video": {**_VIDEO, "width": 1280, "height": 720},
    "rotate-video": {**_VIDEO, "rotation": 90},
    "remove-audio": _VIDEO,
    "video-speed": {**_VIDEO, "speed": 1.5},
    "audio-converter": {**_SOUND, "outputFormat": "flac"},
    "trim-audio": {**_SOUND, "startTime": 0, "endTime": 15},
    "image-converter": {**_PICTURE, "outputFormat": "webp"},
    "resize-image": {**_PICTURE, "width": 800},
    "compress-image": {**_PICTURE, "quality": 60},
    "merge": {"url": ["https://example.com/first.mp4", "https://example.com/second.mp4"]},
    "burn-subtitles": {**_VIDEO, "subtitlesUrl": "https://example.com/video.srt"},
    "normalize-loudness": {**_VIDEO, "targetLufs": -16},
    PIPELINE: {
        **_VIDEO,
        "steps": [
            {"tool": "trim-video", "startTime": 0, "endTime": 5},
            {"tool": "resize-video", "width": 480},
            {"tool": "gif", "startTime": 0, "duration": 5},
        ],
    },
}
REQUESTS = {f"POST /api/tools/{name}": {"A file at an address": example} for name, example in EXAMPLES.items()}
ANSWERS: dict[str, Any] = {
    "GET /api/tools/jobs/{job_id}": {
        "200": {
            "description": "Events as they come, each a JSON object like this one.",
            "content": {
                "text/event-stream": {"schema": {"type": "string"}},
                "application/json": {"schema": {"$ref": "#/components/schemas/Progress"}},
            },
        },
        "204": {"description": "The client has seen the last event; there are no more."},
    },
}
_FILE = {"type": "string", "format": "binary"}
_ADDRESS = {"type": "string", "format": "uri", "description": "Instead of a file: where it is."}


def add_bodies(document: dict[str, Any]) -> None:
    """Of what handlers read themselves, and Litestar does not see."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    for name in TOLD:
        if name == PIPELINE:
            (steps,), made = msgspec.json.schema_components([list[tools.AnyTool]], ref_template=_REF)
            schemas.update(made)
            body = _body(
                name, {"steps": steps}, {"steps": {"type": "string", "description": "A JSON list."}}, ["steps"]
            )
        else:
            _, made = msgspec.json.schema_components([tools.TOOLS[name]], ref_template=_REF)
            [shape] = made.values()
            fields = {field: schema for field, schema in shape["properties"].items() if field != "tool"}
            body = _body(name, fields, fields, [field for field in shape["required"] if field != "tool"])
        document["paths"][f"/api/tools/{name}"]["post"]["requestBody"] = body


_REF = "#/components/schemas/{name}"


def _body(name: str, fields: dict[str, Any], as_text: dict[str, Any], required: list[str]) -> dict[str, Any]:
    several = most_files(name) > 1
    sent = {"file": {"type": "array", "items": _FILE} if several else _FILE, "url": _ADDRESS}
    asked = {"url": {"anyOf": [_ADDRESS, {"type": "array", "items": _ADDRESS}]} if several else _ADDRESS}
    if name in (PIPELINE, "burn-subtitles"):
        sent |= {"subtitles": _FILE, "subtitlesUrl": _ADDRESS}
        asked |= {"subtitlesUrl": _ADDRESS}
    form = {"type": "object", "properties": {**sent, **as_text}, "required": required}
    plain = {"type": "object", "properties": {**asked, **fields}, "required": ["url", *required]}
    content = {"multipart/form-data": {"schema": form}, "application/json": {"schema": plain}}
    return {"required": True, "content": content}
