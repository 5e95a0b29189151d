"""`python -m genrec`: see `genrec.cli`."""

from __future__ import annotations

import sys

from genrec.cli import main

sys.exit(main())
