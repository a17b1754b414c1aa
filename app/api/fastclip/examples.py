"""Requests that work as they are, for the API reference; each is sent by a test."""

from typing import Any

REQUESTS: dict[str, dict[str, Any]] = {
    "POST /v1/webhooks": {
        "Of every render that is over": {
            "url": "https://example.com/hooks/clipyard",
            "events": ["render.completed", "render.failed", "render.cancelled"],
        },
        "Of uploads and clips": {
            "url": "https://example.com/hooks/clips",
            "events": ["upload.ready", "upload.failed", "clip.complete", "clip.failed"],
            "description": "mail room",
        },
    },
    "PATCH /v1/webhooks/{webhook_id}": {
        "Enable it again": {"enabled": True},
        "Another address": {"url": "https://example.com/hooks/new"},
    },
}
