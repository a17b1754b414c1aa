"""`python -m workers` is `clipyard worker`."""

import sys

from workers.main import main

sys.exit(main())
