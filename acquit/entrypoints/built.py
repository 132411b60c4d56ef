"""Whether the pages that are served were built of the sources beside them: in a checkout, where
somebody may have changed these since. What is installed has no sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "make front"


def older_than(*, root: Path = ROOT) -> str | None:
    """A source that is younger than the built pages, as a path in the checkout; "" where none is,
    or nothing was built. None where there are no sources."""
    source = root / "frontend" / "src"
    if not source.is_dir():
        return None
    manifest = root / "acquit" / "static" / "built" / "manifest.json"
    if not manifest.exists():
        return ""
    built_at = manifest.stat().st_mtime
    found = ((path.stat().st_mtime, path) for path in _sources(root))
    changed_at, path = max(found, default=(0.0, source))
    return str(path.relative_to(root)) if changed_at > built_at else ""


def _sources(root: Path) -> Iterator[Path]:
    """What the build reads: scripts, styles, and the templates, whose styles alone are kept."""
    yield from (path for path in (root / "frontend" / "src").rglob("*") if path.is_file())
    yield from (root / "acquit" / "entrypoints").rglob("*.html")
