"""What a renderer process may know of ours; api and workers start theirs with it."""

import os
from pathlib import Path


def environment(data_dir: Path) -> dict[str, str]:
    """No setting, no secret. Every path is absolute: the child works in a directory of its own."""
    compiled = Path(os.environ.get("NUMBA_CACHE_DIR") or data_dir / "cache" / "numba")
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "NUMBA_CACHE_DIR": str(compiled.absolute()),
        "HOME": str(data_dir.absolute()),
    }
