"""Files, folders and patterns on a command line, and how far a command is with them."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from glob import glob
from pathlib import Path

import typer


def expand(files: Sequence[Path], *, endings: Collection[str] = ()) -> list[Path]:
    """Folders stand for the files in them, patterns that no shell has resolved for theirs.

    ``endings`` (``.xml``) are those that count in folders; none: every file that is not hidden.
    What is named itself stays, whatever it is called.
    """
    found: list[Path] = []
    for file in files:
        if file.is_dir():
            found += sorted(p for p in file.rglob("*") if _counts(p, file, endings))
        elif any(sign in str(file) for sign in "*?[") and not file.exists():
            found += [Path(name) for name in sorted(glob(str(file), recursive=True))] or [file]
        else:
            found.append(file)
    return found


def _counts(path: Path, folder: Path, endings: Collection[str]) -> bool:
    if endings:
        return path.suffix.lower() in endings
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.is_file() and not hidden


def progress(number: int, count: int) -> None:
    """How far it is, for a person who watches; nothing where the answers go to a screen too."""
    if count > 1 and sys.stderr.isatty() and not sys.stdout.isatty():
        typer.echo(f"\r{number} of {count}", err=True, nl=number == count)
