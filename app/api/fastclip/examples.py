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
    "POST /v1/upload/request": {
        "A file": {"filename": "source.mp4", "content_type": "video/mp4", "file_size": 734003200},
        "A file, and a clip of it": {
            "filename": "source.mp4",
            "content_type": "video/mp4",
            "file_size": 734003200,
            "clip": {"start": 12, "end": 48, "source_title": "My Source"},
        },
    },
    "POST /v1/upload/multipart/initiate": {
        "64 parts": {
            "filename": "source.mp4",
            "content_type": "video/mp4",
            "file_size": 2147483648,
            "part_size": 33554432,
            "part_count": 64,
        },
    },
    "POST /v1/upload/multipart/complete": {
        "All parts": {
            "file_id": "upl_a1b2c3d4e5f6",
            "upload_id": "multipart_upload_id",
            "parts": [
                {"part_number": 1, "etag": "etag-from-part-1"},
                {"part_number": 2, "etag": "etag-from-part-2"},
            ],
        },
    },
    "POST /v1/upload/multipart/refresh": {
        "Three parts": {
            "file_id": "upl_a1b2c3d4e5f6",
            "upload_id": "multipart_upload_id",
            "part_numbers": [8, 9, 10],
        },
        "All that have not arrived": {"file_id": "upl_a1b2c3d4e5f6", "upload_id": "multipart_upload_id"},
    },
    "POST /v1/upload/multipart/abort": {
        "Give it up": {"file_id": "upl_a1b2c3d4e5f6", "upload_id": "multipart_upload_id"},
    },
    "POST /v1/upload/abort": {"Give it up": {"file_id": "upl_a1b2c3d4e5f6"}},
    "POST /v1/upload/url": {"A file on the web": {"url": "https://example.com/talk.mp4"}},
    "POST /v1/clip": {
        "One clip": {"file_id": "upl_a1b2c3d4e5f6", "start": 15, "end": 55, "format": "mp4", "quality": "1080p"},
        "Several at once": {
            "file_id": "upl_a1b2c3d4e5f6",
            "segments": [{"start": 10, "end": 20}, {"start": 45, "end": 60}],
            "quality": "720p",
        },
        "One vertical clip of both": {
            "file_id": "upl_a1b2c3d4e5f6",
            "segments": [{"start": 10, "end": 20}, {"start": 45, "end": 60}],
            "join": True,
            "aspect_ratio": "9:16",
            "focus": {"x": 0.4},
            "fades": {"audio": 0.1},
        },
        "The sound of a file on the web": {
            "url": "https://example.com/talk.mp4",
            "start": 0,
            "end": 30.5,
            "format": "mp3",
            "source_title": "My Source",
        },
    },
    "PATCH /v1/clips/{clip_id}": {"Another title": {"title": "The best minute"}},
    "POST /v1/clips/bulk-delete": {
        "Two at once": {"clip_ids": ["d9d54c23-7af8-41f8-8f6e-9ce0092f8f2f", "0d1c1c52-5c49-4a7c-8d0b-2d3c2b8a2f10"]},
    },
    "POST /v1/share/{clip_id}/view": {"By what your page calls a visitor": {"visitor_id": "5f2b7c"}},
    "PATCH /v1/share/{clip_id}/view-count-visibility": {"Keep it private": {"visible": False}},
}

CLIP_JOB: dict[str, Any] = {
    "job_id": "job_7kUOzOkpA2bR0x3mWq9T1s",
    "status": "complete",
    "progress": 100,
    "status_message": "Done!",
    "file_id": "upl_a1b2c3d4e5f6",
    "download_url": "http://127.0.0.1:8000/files/clips/acc_bootstrap/job_7kU…/1/clip.mp4?signature=5be1…&filename=…",
    "poster_url": "http://127.0.0.1:8000/files/clips/acc_bootstrap/job_7kU…/1/poster.jpg?signature=c077…",
    "file_name": "source_0-15-0-55.mp4",
    "format": "mp4",
    "quality": "1080p",
    "aspect_ratio": "16:9",
    "duration": 40.0,
    "file_size": 7_340_032,
    "encoding": "smart",
    "captioned": False,
    "saved_to_library": True,
    "clip_id": "d9d54c23-7af8-41f8-8f6e-9ce0092f8f2f",
    "share_url": "/c/d9d54c23-7af8-41f8-8f6e-9ce0092f8f2f",
    "embed_url": "/embed/d9d54c23-7af8-41f8-8f6e-9ce0092f8f2f",
    "reserved": 0.0,
    "cost": 0.02,
    "balance": 0.98,
    "error": None,
    "code": None,
}
"""What the job of a clip looks like once it is complete."""
