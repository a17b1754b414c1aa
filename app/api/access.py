"""Who may use a route: what routers and handlers say in their options, and `auth.py` sees to."""

from typing import Literal

ACCESS = "access"
"""The option's name. Without it a route takes API keys only."""

Access = Literal["key", "session", "either"]
