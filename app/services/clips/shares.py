"""A clip as whoever has its address sees it, and how many have looked at it."""

import hmac
import json

from app.db.engine import sql, tx
from app.services.clips import library
from app.services.clips.library import Clip

MAX_VISITOR = 100
_PURPOSE = b"clipyard viewers of clips 1"


async def view(clip_id: str, viewer: str, secret: bytes) -> tuple[Clip, bool]:
    """The clip with this view of it, and whether it counted: nobody's does twice.

    `viewer`: what tells them from others; kept is only what neither they nor their address can be read from, and
    differs from clip to clip. Raises NotFound.
    """
    async with tx():
        await library.held(clip_id)
        fresh = await sql(
            "INSERT INTO clip_views (id, clip, created_at) VALUES ({}, {}, :now) ON CONFLICT (id) DO NOTHING "
            "RETURNING id",
            _hashed(clip_id, viewer, secret),
            clip_id,
        )
        if fresh:
            await sql("UPDATE clips SET views = views + 1 WHERE id = {}", clip_id)
        return await library.find(clip_id), bool(fresh)


def _hashed(clip_id: str, viewer: str, secret: bytes) -> str:
    own = hmac.digest(secret, _PURPOSE, "sha256")
    return hmac.digest(own, json.dumps([clip_id, viewer]).encode(), "sha256").hex()


def viewer_of(visitor: str | None, address: str, agent: str) -> str:
    """Who somebody is: as their page says, or else where they are and with what."""
    return json.dumps(["visitor", visitor] if visitor else ["address", address, agent[:500]])
