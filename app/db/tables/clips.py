"""What accounts bring, and what is cut or made of it."""

from piccolo.columns import BigInt, Boolean, Integer, Text, Varchar
from piccolo.table import Table


class Upload(Table, tablename="uploads"):
    """A source that an account brings. `way`: put, multipart, tus or url, where `url` says from where.

    `content_type` and `size` are what was announced; `info` is what was found, as JSON, once it is ready.
    `store_id`: the object store's name of a multipart upload; `received`: bytes so far by tus.
    `clip_job`: the clip that was ordered with it, and is held until it is ready. `job` inspects it. `url_expires_at`:
    until then bytes may begin to come. `look_at`: when the sweeper looks at it next: whether they have, or whether
    what was stored has to go. From `expires_at` on it is gone.
    """

    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40)
    way = Varchar(length=12)
    state = Varchar(length=12)
    key = Varchar(length=255)
    url = Text(null=True, default=None)
    filename = Varchar(length=255)
    content_type = Varchar(length=100)
    size = BigInt(null=True, default=None)
    received = BigInt(default=0)
    store_id = Text(null=True, default=None)
    part_size = BigInt(null=True, default=None)
    part_count = Integer(null=True, default=None)
    job = Varchar(length=40, null=True, default=None)
    info = Text(null=True, default=None)
    error_code = Varchar(length=60, null=True, default=None)
    error_message = Text(null=True, default=None)
    clip_job = Varchar(length=40, null=True, default=None)
    created_at = BigInt()
    url_expires_at = BigInt(null=True, default=None)
    look_at = BigInt(null=True, default=None)
    expires_at = BigInt(null=True, default=None)


class Clip(Table, tablename="clips"):
    """Something that was made for an account's library. `id` is a UUID: it is the address of the share page.

    `start_ms`, `end_ms`: where in its source it is from, if it is of one piece. `poster`: the key of its still.
    `search`: title and name as `clips.naming.searchable` has them.
    `views_public`: whether visitors see how many looked at it.
    """

    id = Varchar(length=36, primary_key=True)
    account = Varchar(length=40)
    job = Varchar(length=40, index=True)
    upload = Varchar(length=40, null=True, default=None)
    key = Varchar(length=255)
    poster = Varchar(length=255, null=True, default=None)
    filename = Varchar(length=255)
    content_type = Varchar(length=100)
    title = Varchar(length=200)
    search = Text()
    source_title = Varchar(length=200)
    format = Varchar(length=8)
    quality = Varchar(length=8)
    aspect_ratio = Varchar(length=12)
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    start_ms = BigInt(null=True, default=None)
    end_ms = BigInt(null=True, default=None)
    duration_ms = BigInt()
    bytes = BigInt()
    captioned = Boolean(default=False)
    pinned = Boolean(default=False)
    views = Integer(default=0)
    views_public = Boolean(default=True)
    created_at = BigInt()
    expires_at = BigInt(null=True, default=None)


class ClipView(Table, tablename="clip_views"):
    """Somebody who looked at a clip. `id` is a hash of the clip and of who it was, so that nobody counts twice."""

    id = Varchar(length=64, primary_key=True)
    clip = Varchar(length=36, index=True)
    created_at = BigInt()


class ToolJob(Table, tablename="tool_jobs"):
    """A job of the media tools. `id` is a UUID: whoever knows it may have the result, once and until it `expires_at`.

    `filename`: what its result is called, without the extension. `source`: where what was sent is, as long as it is.
    """

    id = Varchar(length=36, primary_key=True)
    account = Varchar(length=40, index=True)
    job = Varchar(length=40, unique=True)
    tool = Varchar(length=40)
    filename = Varchar(length=255)
    source = Varchar(length=255, null=True, default=None)
    created_at = BigInt()
    expires_at = BigInt(null=True, default=None)
