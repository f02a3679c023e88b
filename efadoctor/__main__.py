"""``python -m efadoctor``."""

import sys

from efadoctor.cli import main

sys.exit(main())
