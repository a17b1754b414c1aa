"""Where Piccolo's tooling looks: the engine in use and the registered app.

`PICCOLO_CONF=app.db.piccolo_conf piccolo …` works on the database that `engine.use` was given.
"""

from piccolo.conf.apps import AppRegistry
from piccolo.engine.base import Engine

DB: Engine | None = None  # type: ignore[type-arg]
APP_REGISTRY = AppRegistry(apps=["app.db.piccolo_app"])
