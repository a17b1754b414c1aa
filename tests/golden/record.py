"""Records goldens anew, all of them or those named: python -m tests.golden.record [NAME …]

Look at each one that has changed, and commit it with what changed it.
"""

import sys
import tempfile
from pathlib import Path

from tests.golden.keeping import changed, path_of, store, strays
from tests.golden.media import files
from tests.golden.sheets import drawn, sheets


def main(names: list[str]) -> None:
    known = sheets()
    unknown = sorted(set(names) - known.keys())
    if unknown:
        sys.exit(f"There is no golden {', '.join(unknown)}. There is: {', '.join(known)}.")
    with tempfile.TemporaryDirectory() as folder:
        media = files(Path(folder))
        for name in names or known:
            pictures = drawn(known[name], media)
            if changed(name, pictures):
                store(name, pictures)
                print(path_of(name))
    for stray in strays(known):
        stray.unlink()
        print(f"{stray} is no more")


if __name__ == "__main__":
    main(sys.argv[1:])
