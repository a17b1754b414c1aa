"""What `/v1/upload` takes and answers."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.services.clips import orders
from app.services.uploads.arrivals import SentPart
from app.services.uploads.records import State, Upload
from app.times import iso

_Name = Annotated[str, Meta(min_length=1, max_length=255, examples=["source.mp4"])]
_Type = Annotated[str, Meta(max_length=100, pattern=r"^[ -~]*\Z", examples=["video/mp4"])]
_Size = Annotated[int, Meta(ge=1, le=1 << 53, examples=[734003200])]
_Id = Annotated[str, Meta(max_length=64, examples=["upl_a1b2c3d4e5f6"])]
_StoreId = Annotated[str, Meta(max_length=2048)]
_Number = Annotated[int, Meta(ge=1, le=10_000)]


class UploadClip(orders.Wanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One clip of it, made as soon as it is ready: without a `quality`, 1080p at most."""


class NewUpload(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`file_size`: its bytes, 5 GB at most; nothing else is taken. What the file is, is found out later."""

    filename: _Name
    content_type: _Type = ""
    file_size: _Size
    clip: UploadClip | None = None


class NewMultipart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file in `part_count` parts of `part_size` bytes, 5 MiB or more, of which the last may be smaller."""

    filename: _Name
    content_type: _Type = ""
    file_size: _Size
    part_size: Annotated[int, Meta(ge=1, le=5 << 30, examples=[33554432])]
    part_count: Annotated[int, Meta(ge=1, le=10_000, examples=[64])]
    clip: UploadClip | None = None


class NewUploadFromUrl(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url`: of the file itself. A web page with a video in it is none."""

    url: Annotated[str, Meta(min_length=1, max_length=2048)]
    filename: _Name | None = None
    clip: UploadClip | None = None


class Requested(Struct, frozen=True, kw_only=True):
    """PUT the file's bytes to `upload_url`, without your key, within `expires_in` seconds."""

    file_id: str
    upload_url: str
    expires_in: int
    clip_requested: bool
    clip_job_id: str | None


class PartUrl(Struct, frozen=True, kw_only=True):
    part_number: int
    url: str


class Initiated(Struct, frozen=True, kw_only=True):
    """PUT each part to its `url`, in any order, and keep the ETag of each answer."""

    file_id: str
    upload_id: str
    parts: list[PartUrl]
    expires_in: int
    clip_requested: bool
    clip_job_id: str | None


class Queued(Struct, frozen=True, kw_only=True):
    """It is fetched by a worker: poll GET /v1/upload/{file_id}."""

    file_id: str
    status: Literal["processing"] = "processing"
    clip_requested: bool
    clip_job_id: str | None


class Completion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    file_id: _Id
    upload_id: _StoreId
    parts: Annotated[list[SentPart], Meta(min_length=1, max_length=10_000)]


class Completed(Struct, frozen=True, kw_only=True):
    ok: bool = True
    file_id: str
    queued_validation: bool = True


class Refreshing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without `part_numbers`: those of all parts that have not arrived."""

    file_id: _Id
    upload_id: _StoreId
    part_numbers: Annotated[list[_Number], Meta(max_length=10_000)] | None = None


class ArrivedPart(Struct, frozen=True, kw_only=True):
    part_number: int
    size: int
    etag: str


class Refreshed(Struct, frozen=True, kw_only=True):
    """`uploaded`: the parts that have arrived, so that another process can go on and complete the upload."""

    file_id: str
    upload_id: str
    parts: list[PartUrl]
    uploaded: list[ArrivedPart]
    expires_in: int


class AbortingMultipart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    file_id: _Id
    upload_id: _StoreId


class Aborting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    file_id: _Id


class Aborted(Struct, frozen=True, kw_only=True):
    ok: bool = True
    file_id: str


class UploadStatus(Struct, frozen=True, kw_only=True):
    """What is known of an upload. What concerns the media is null until it is ready; pictures as they are shown.

    `error` and `code` say why it failed. From `expires_at` on it answers 410.
    """

    file_id: str
    status: State
    filename: str
    content_type: str
    file_size: int | None
    duration: float | None
    duration_seconds: float | None
    width: int | None
    height: int | None
    max_height: int | None
    format_detected: str | None
    media_kind: str | None
    has_video: bool | None
    has_audio: bool | None
    error: str | None
    code: str | None
    created_at: str
    expires_at: str
    clip_requested: bool
    clip_job_id: str | None


def told(upload: Upload) -> UploadStatus:
    info = upload.info or {}
    return UploadStatus(
        file_id=upload.id,
        status=upload.state,
        filename=upload.filename,
        content_type=info.get("content_type") or upload.content_type,
        file_size=upload.size,
        duration=info.get("duration"),
        duration_seconds=info.get("duration"),
        width=info.get("width"),
        height=info.get("height"),
        max_height=info.get("max_height"),
        format_detected=info.get("format_detected"),
        media_kind=info.get("media_kind"),
        has_video=info.get("has_video"),
        has_audio=info.get("has_audio"),
        error=upload.error_message,
        code=upload.error_code,
        created_at=iso(upload.created_at),
        expires_at=iso(upload.expires_at),
        clip_requested=upload.clip_job is not None,
        clip_job_id=upload.clip_job,
    )
