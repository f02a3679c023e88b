"""Write docs/checks/ from the checks' own docstrings; with --check, say whether it is stale."""

import sys
from pathlib import Path

from efadoctor.packs import installed_checks

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "checks"


def pages() -> dict[str, str]:
    """File names and contents: one page a check, and the catalogue."""
    checks = installed_checks()
    found = {f"{c.code}.md": f"# {c.code} {c.name}\n\n{c.page}\n" for c in checks}
    rows = [f"| [{c.code}]({c.code}.md) | {c.name} | {c.stage.value} | {c.title} |" for c in checks]
    head = "# Checks\n\nWritten by `make docs` from the checks themselves.\n\n"
    table = "| code | name | stage | found |\n|---|---|---|---|\n" + "\n".join(rows)
    found["README.md"] = head + table + "\n"
    return found


def main() -> int:
    wanted = pages()
    present = {p.name: p.read_text() for p in FOLDER.glob("*.md")} if FOLDER.exists() else {}
    if "--check" in sys.argv:
        stale = sorted(n for n in wanted.keys() | present.keys() if wanted.get(n) != present.get(n))
        if stale:
            print(f"docs/checks is stale ({', '.join(stale)}): run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in present.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
