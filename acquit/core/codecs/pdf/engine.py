"""The one PDF renderer: typst, kept compiled, without network and outside files.

Data comes in as JSON text through ``sys.inputs`` and is never read as markup. Templates and
fonts come from installed packages; system fonts are not used, so a document looks the same on
every machine. The creation date of a PDF is given by the caller: the same data gives the same
bytes.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import typst

from acquit.core.codecs.pdf.branding import NotPrintable

_COLUMN_WORD = 24  # characters that fit the narrowest column for words
_PAYMENT_WORD = 45  # and the payment box
_AS_IS = frozenset({"labels", "number", "accent", "language", "words", "design", "paper"})
# A word up to and with the sign at which it falls into parts.
_PART = re.compile(r"[^-/_.,;:@&+=]*[-/_.,;:@&+=]+|[^-/_.,;:@&+=]+")
_VOWELS = "aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿăąęőűœ"
_SYLLABLE = 12  # letters; what seems longer is no word of a language
# Where a syllable begins: at consonants that stand together before a vowel, three letters or more
# from either end of the word.
_ONSET = re.compile(
    r"(?<=\w\w\w)(?:sch[lmnrw]?|ch|ck|ph|th|qu|[bcdfgkpt][lr]"
    rf"|[^\W\d_{_VOWELS}])[{_VOWELS}](?=\w\w)",
    re.IGNORECASE,
)
_EPOCH = date(1970, 1, 1)
_SECONDS_PER_DAY = 86_400


def compile_pdf(*, template: str, data: dict[str, Any], created: date) -> bytes:
    """PDF/A-3b bytes of a template in ``templates/``; NotPrintable where typst refuses."""
    text = json.dumps(breakable(data, longest=_COLUMN_WORD), ensure_ascii=False)
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


def breakable(value: Any, *, longest: int) -> Any:
    """The data with places to break in words of more than ``longest`` characters.

    Lines break after hyphens and signs first. Letters get soft hyphens between syllables, which
    show a hyphen where the line breaks; codes and addresses get zero-width spaces, which show
    nothing. Pictures and what people copy stay as they are: the
    document number, and payment references up to the width of their box.
    """
    if isinstance(value, str):
        if value.startswith("<svg") or len(value) <= longest:
            return value
        return re.sub(rf"\S{{{longest + 1},}}", lambda m: _broken(m.group(), longest), value)
    if isinstance(value, list):
        return [breakable(part, longest=longest) for part in value]
    if isinstance(value, dict):
        widths = {key: _PAYMENT_WORD if key == "payment" else longest for key in value}
        return {
            key: part if key in _AS_IS else breakable(part, longest=widths[key])
            for key, part in value.items()
        }
    return value


def _broken(word: str, longest: int) -> str:
    """A long word as its parts, at whose ends a line may break; parts that are long too are cut."""
    broken = []
    for part in _PART.findall(word):
        if len(part) > longest:
            part = _cut(part)
        # After a hyphen a line breaks by itself, after other signs only where it is told.
        broken.append(part if part[-1] == "-" or part[-1].isalnum() else f"{part}\u200b")
    return "".join(broken)


def _cut(part: str) -> str:
    """Letters between syllables, as far as letters tell; anything else evenly."""
    if not part.rstrip("-").isalpha():
        return "\u200b".join(part[i : i + 8] for i in range(0, len(part), 8))
    syllables = _ONSET.sub("\u00ad\\g<0>", part)
    if max(map(len, syllables.split("\u00ad"))) <= _SYLLABLE:
        return syllables
    return "\u00ad".join(part[i : i + _SYLLABLE] for i in range(0, len(part), _SYLLABLE))


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
