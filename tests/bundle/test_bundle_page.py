"""docs/bundle.md names the files that are read, all of them and no others."""

import re
from pathlib import Path

from efadoctor.model.facts import SOURCES

PAGE = Path(__file__).parents[2] / "docs" / "bundle.md"


def test_the_page_lists_every_file_that_is_read() -> None:
    listed = re.findall(r"^\| `(.+?)\.json` \|", PAGE.read_text(), re.MULTILINE)
    assert listed == list(SOURCES)
