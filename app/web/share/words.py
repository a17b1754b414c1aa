"""What stands in the pages of a clip. Every value is escaped: a title is whatever somebody typed."""

from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from app.services.clips.library import Clip
from app.services.links import Links

FOLDER = Path(__file__).parent
_NAMES = {"gif": "GIF", "m4a": "AAC"}
_SOUND_PLAYER = (480, 160)
"""How large the player of a sound is in a link's preview."""


def gone() -> str:
    return _template("gone.html").template


def drawn(name: str, clip: Clip, links: Links, here: Links) -> str:
    """A page of the folder, filled in. `links`: as others see us; `here`: as the page itself does."""
    seen = clip.views if clip.views_public else None
    return _template(name).substitute(
        clip=escape(clip.id),
        title=escape(clip.title),
        facts=escape(facts(clip)),
        address=escape(_address(links, clip)),
        preview=preview(clip, links),
        player=player(clip, here),
        download=escape(here.download(clip.key, clip.filename) or ""),
        file_name=escape(clip.filename),
        views="" if seen is None else _views(seen),
        views_hidden=" hidden" if seen is None else "",
        until=escape(_until(clip)),
    )


def facts(clip: Clip) -> str:
    """`0:40 · 1080p · MP4`."""
    minutes, seconds = divmod(max(1, clip.duration_ms // 1000), 60)  # as players count
    length = f"{minutes}:{seconds:02}"
    return " · ".join(filter(None, (length, clip.quality, _NAMES.get(clip.format, clip.format.upper()))))


def player(clip: Clip, links: Links) -> str:
    source, title = escape(links.file(clip.key) or ""), escape(clip.title)
    size = f' width="{clip.width}" height="{clip.height}"' if clip.width else ""
    if clip.format == "gif":
        return f'<img src="{source}" alt="{title}"{size}>'
    if not clip.width:
        return f'<audio controls preload="metadata" src="{source}" aria-label="{title}"></audio>'
    poster = f' poster="{escape(links.file(clip.poster) or "")}"' if clip.poster else ""
    return f'<video controls playsinline preload="metadata" src="{source}"{poster}{size} aria-label="{title}"></video>'


def preview(clip: Clip, links: Links) -> str:
    """What chats and networks show of a link: Open Graph, and the player card that Twitter began."""
    width, height = (clip.width, clip.height) if clip.width else _SOUND_PLAYER
    media, picture = links.file(clip.key), links.file(clip.poster)
    kind = "audio" if not clip.width else "video"
    told = {
        "og:title": clip.title,
        "og:description": facts(clip),
        "og:type": "video.other" if kind == "video" else "music.song",
        "og:url": _address(links, clip),
        "og:image": picture,
        f"og:{kind}": media,
        f"og:{kind}:type": clip.content_type,
        "og:video:width": str(width) if kind == "video" else None,
        "og:video:height": str(height) if kind == "video" else None,
        "twitter:card": "player",
        "twitter:title": clip.title,
        "twitter:description": facts(clip),
        "twitter:image": picture,
        "twitter:player": f"{links.base_url}/embed/{clip.id}",
        "twitter:player:width": str(width),
        "twitter:player:height": str(height),
    }
    if clip.format == "gif":
        told = {"og:image": media, **{name: told[name] for name in ("og:title", "og:description", "og:url")}}
    return "\n".join(_meta(name, value) for name, value in told.items() if value)


def _meta(name: str, value: str) -> str:
    """Open Graph's are properties, those of the card names."""
    attribute = "property" if name.startswith("og:") else "name"
    return f'    <meta {attribute}="{name}" content="{escape(value)}">'


def _address(links: Links, clip: Clip) -> str:
    return f"{links.base_url}/c/{clip.id}"


def _views(count: int) -> str:
    return "1 view" if count == 1 else f"{count:,} views"


def _until(clip: Clip) -> str:
    if clip.expires_at is None:
        return ""
    moment = datetime.fromtimestamp(clip.expires_at / 1000, UTC)
    return f"This clip is here until {moment:%d %B %Y, %H:%M} UTC."


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / name).read_text())
