"""What was recorded: gzipped lines of JSON, one for each cluster."""

import gzip
import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def recorded(path: Path) -> list[Json]:
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]
