"""The one PDF renderer: typst, kept compiled, without network and outside files.

Data comes in as JSON text through ``sys.inputs`` and is never read as markup. Templates and
fonts come from installed packages; system fonts are not used, so a document looks the same on
every machine. The creation date of a PDF is given by the caller: the same data gives the same
bytes.
"""

from __future__ import annotations

import json
import threading
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import typst

from acquit.core.codecs.pdf.branding import NotPrintable

_EPOCH = date(1970, 1, 1)
_SECONDS_PER_DAY = 86_400


def compile_pdf(*, template: str, data: dict[str, Any], created: date) -> bytes:
    """PDF/A-3b bytes of a template in ``templates/``; NotPrintable where typst refuses."""
    text = json.dumps(data, ensure_ascii=False)
    seconds = (created - _EPOCH).days * _SECONDS_PER_DAY
    try:
        with _lock:
            result = _compiler().compile(
                input=str(_folder() / f"{template}.typ"),
                format="pdf",
                sys_inputs={"data": text},
                pdf_standards="a-3b",
                timestamp=seconds,
            )
    except typst.TypstError as error:
        hints = "; ".join(error.hints)
        raise NotPrintable.because("pdf.render", str(error.message), fix=hints) from error
    assert isinstance(result, bytes)
    return result


_lock = threading.Lock()


@cache
def _folder() -> Path:
    with as_file(files("acquit.core.codecs.pdf") / "templates") as path:
        return path


@cache
def _compiler() -> typst.Compiler:
    with as_file(files("font_source_sans_pro") / "files") as folder:
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=True,
            font_paths=[str(folder)],
        )
    # No package is ever loaded: the folders given here hold none, and nothing is fetched.
    nowhere = _folder() / "packages"
    return typst.Compiler(
        root=str(_folder()),
        font_paths=fonts,
        ignore_system_fonts=True,
        package_path=str(nowhere),
        package_cache_path=str(nowhere),
    )
