"""Feeds bent copies of our own documents to the readers or to the judge, for some seconds.

    make fuzz FOR=60, or: python -m tools.fuzz read|judge SECONDS

Anything but a document or named faults ends it, and the file that did it stays beside the command
as ``crash-*``; it belongs into ``tests/core/codecs/test_hostile.py``. Needs atheris, which is
fetched for the run alone.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["acquit.core.codecs", "acquit.core.judges"]):
    from acquit.core.codecs import formats
    from acquit.core.faults import Refused
    from acquit.core.judges import native

_EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "documents"
_SYNTAXES = (".xml", ".edi", ".x12")
_LENGTH_MAX = 16_000


def _read(data: bytes) -> None:
    try:
        formats.read(data=data)
    except Refused as refusal:
        if not refusal.faults:
            raise


def _judge(data: bytes) -> None:
    """Twice, for the second time the judge remembers the parts of the first."""
    first = native.judge(data)
    assert native.judge(data) == first


def main() -> None:
    target, seconds = sys.argv[1:]
    one = {"read": _read, "judge": _judge}[target]
    with tempfile.TemporaryDirectory() as corpus:
        for number, path in enumerate(sorted(_EXAMPLES.rglob("*"))):
            if path.suffix in _SYNTAXES and path.stat().st_size <= _LENGTH_MAX:
                (Path(corpus) / f"{number}{path.suffix}").write_bytes(path.read_bytes())
        options = ["-timeout=20", "-rss_limit_mb=2000", f"-max_len={_LENGTH_MAX}"]
        atheris.Setup([sys.argv[0], corpus, f"-max_total_time={int(seconds)}", *options], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
