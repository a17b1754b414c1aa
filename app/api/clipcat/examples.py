"""Requests that work as they are, for the API reference; each is sent by a test."""

from typing import Any

_DOCUMENT: dict[str, Any] = {
    "title": "Hello",
    "width": 1280,
    "height": 720,
    "background-color": "linear-gradient(160deg, #1b2a4a, #0e1116)",
    "variables": {"headline": "Three days in Lisbon"},
    "scenes": [
        {
            "name": "Intro",
            "duration": 3,
            "objects": [
                {
                    "type": "text",
                    "name": "title",
                    "text": "{{headline}}",
                    "x": "8%",
                    "y": "50%",
                    "width": "84%",
                    "anchor": "left",
                    "font-family": "Space Grotesk",
                    "font-weight": 700,
                    "font-size": "12vmin",
                    "keyframes": [
                        {"time": 0, "opacity": 0, "y": "54%"},
                        {"time": 0.7, "opacity": 1, "y": "50%", "easing": "ease-out-expo"},
                    ],
                }
            ],
        }
    ],
}
_TITLES = [
    {"scene": "Scene 1", "object": "title", "text": "3 Asia Cities to Visit in 2026"},
    {"scene": "Scene 2", "object": "title", "text": "Tashkent"},
]

REQUESTS: dict[str, dict[str, Any]] = {
    "POST /v1/renders": {
        "A built-in template with other texts": {
            "template": "travel-list",
            "modifications": _TITLES,
            "metadata": "order 7",
        },
        "A smaller WebM": {
            "template": "title-card",
            "modifications": [{"object": "title", "text": "Season three"}],
            "output": {"width": 854, "format": "webm", "quality": "medium"},
        },
        "A whole template of one's own": {"template": _DOCUMENT, "data": {"headline": "Two weeks in Porto"}},
        "Only what it would be": {"template": "sale-banner", "dry_run": True},
    },
    "POST /v1/templates": {
        "A document": _DOCUMENT,
        "A copy of a built-in one": {"from": "travel-list", "title": "Our travel list"},
    },
    "POST /v1/templates/validate": {"A document": _DOCUMENT},
    "PUT /v1/templates/{uid}": {"Another document": _DOCUMENT},
    "PATCH /v1/templates/{uid}": {"Another title": {"title": "Hello again"}},
    "POST /v1/templates/{uid}/frame": {
        "The first frame": {},
        "A small one with another title": {
            "time": 2.5,
            "width": 640,
            "format": "webp",
            "modifications": [{"scene": "Scene 1", "object": "title", "text": "Ten days in Georgia"}],
        },
    },
}

RENDER: dict[str, Any] = {
    "created_at": "2026-11-25T12:21:55.936Z",
    "uid": "mQqK6lZJw9XVrN0a7G",
    "self": "http://127.0.0.1:8000/v1/renders/mQqK6lZJw9XVrN0a7G",
    "status": "completed",
    "template": "rZYyExAwA2KzW42bVG",
    "url": "http://127.0.0.1:8000/files/renders/acc_bootstrap/job_2fG…/1/video.mp4?signature=5be1…",
    "preview": "http://127.0.0.1:8000/files/renders/acc_bootstrap/job_2fG…/1/preview.jpg?signature=c077…",
    "modifications": _TITLES,
    "output": None,
    "metadata": "order 7",
    "webhook_url": None,
    "webhook_response_code": None,
    "credits": 9,
    "progress": 100,
    "error": None,
    "code": None,
    "warnings": [],
}
"""What a render looks like once it is completed."""
DRY_RUN: dict[str, Any] = {
    "dry_run": True,
    "template": "38UlpOB9QhjkaDTHIu",
    "width": 1080,
    "height": 1080,
    "frame_rate": 30.0,
    "frames": 216,
    "duration": 7.2,
    "format": "mp4",
    "credits": 3,
    "scenes": [
        {"name": "Headline", "start": 0.0, "duration": 2.4},
        {"name": "Offer", "start": 2.4, "duration": 4.8},
    ],
    "warnings": [],
}
"""The answer to the last of the orders above."""
