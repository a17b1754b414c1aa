"""Paths that two dialects share: each is routed here and nowhere else, with whatever tells the dialects apart.

Litestar lets one of two handlers shadow the other without a word, and a test finds those. A handler named here says
itself which dialect it is of, by its options.
"""

from litestar import Router

from app.api.clipcat import account as clipcat
from app.api.fastclip import account as fastclip
from app.api.fastclip import clips

router = Router("/", route_handlers=[clipcat.read, fastclip.erase, clips.create, clips.read])
