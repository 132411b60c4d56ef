"""The texts of pages in other languages: found, compiled and judged without GNU gettext.

    python -m tools.messages extract    # bring acquit/locale/*/LC_MESSAGES/django.po up to date
    python -m tools.messages compile    # write the .mo files Django reads
    python -m tools.messages check      # name what is missing or wrong; exit 1 when anything is

Templates are read with Django's own lexer, so tags inside the attributes of components count too;
Python is read as a syntax tree. A text that is gone from the sources is dropped from the catalogs.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, Token, TokenType

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "acquit" / "locale"
LANGUAGES = ("fr", "de", "ro")
SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy", "ngettext_noop"}
CONTEXT = {"pgettext", "pgettext_lazy"}
QUOTED = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
TRANSLATE = re.compile(rf"^trans(?:late)?\s+{QUOTED}(?:\s+context\s+{QUOTED})?")
BLOCK = re.compile(r"^blocktrans(?:late)?(?:\s|$)")
BLOCK_CONTEXT = re.compile(rf"\bcontext\s+{QUOTED}")
CONSTANT = re.compile(rf"_\({QUOTED}\)")
PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}|%[sd]")
# French sets a narrow no-break space before ; ! ? : and inside its quotation marks, and a curved
# apostrophe between letters.
WIDE = re.compile("(?<![\u202f])[;!?:](?=[\\s<)]|$)|«(?!\u202f)|(?<!\u202f)»")
STRAIGHT = re.compile(r"(?<=\w)'(?=[\w%{«<])")
# What else shows in French: tables of texts, by language.
TABLES = ("core/judges/data/texts*.toml", "policy/samples/*.toml")
NAMED_WORDS = re.compile(r"[A-Za-z]{2,}")

Place = tuple[str, int]  # file, line
Key = tuple[str, str, str]  # context, singular, plural; empty where there is none


@dataclass(slots=True)
class Found:
    """Where the texts are, and what cannot be read as a text."""

    places: dict[Key, list[Place]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, place: Place, text: str, plural: str = "", context: str = "") -> None:
        self.places.setdefault((context, text, plural), []).append(place)


def find() -> Found:
    """Every text of the package's templates and modules."""
    found = Found()
    for path in sorted((ROOT / "acquit").rglob("*.html")):
        _template(found, path)
    for path in sorted((ROOT / "acquit").rglob("*.py")):
        if "/migrations/" not in path.as_posix():
            _module(found, path)
    return found


def _template(found: Found, path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    tokens = iter(Lexer(path.read_text("utf-8")).tokenize())
    for token in tokens:
        for quoted in (
            CONSTANT.findall(token.contents) if token.token_type != TokenType.TEXT else ()
        ):
            found.add((name, token.lineno or 0), ast.literal_eval(quoted))
        if token.token_type != TokenType.BLOCK:
            continue
        if match := TRANSLATE.match(token.contents):
            context = ast.literal_eval(match[2]) if match[2] else ""
            text = ast.literal_eval(match[1]).replace("%", "%%")
            found.add((name, token.lineno or 0), text, context=context)
        elif re.match(r"^trans(late)?\s", token.contents):
            found.faults.append(f"{name}:{token.lineno} translate wants a text in quotes")
        elif BLOCK.match(token.contents):
            _block(found, name, token, tokens)


def _block(found: Found, name: str, opening: Token, tokens: Iterator[Token]) -> None:
    """The body of a blocktranslate: variables become ``%(name)s`` as Django does it."""
    words = opening.contents.split()
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token.token_type == TokenType.VAR:
            parts[-1].append(f"%({token.contents})s")
        elif token.token_type == TokenType.TEXT:
            parts[-1].append(token.contents.replace("%", "%%"))
        elif token.contents.strip() == "plural":
            parts.append([])
        elif token.contents.startswith(("endblocktrans",)):
            break
        else:
            found.faults.append(f"{name}:{token.lineno} a tag inside blocktranslate")
    texts = ["".join(part) for part in parts]
    if "trimmed" in words:
        texts = [" ".join(line.strip() for line in text.splitlines() if line.strip())
                 for text in texts]  # fmt: skip
    context = BLOCK_CONTEXT.search(opening.contents)
    found.add(
        (name, opening.lineno or 0),
        texts[0],
        texts[1] if len(texts) > 1 else "",
        ast.literal_eval(context[1]) if context else "",
    )


def _module(found: Found, path: Path) -> None:
    source = path.read_text("utf-8")
    if "gettext" not in source:
        return
    name = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        called = node.func.id
        wanted = 1 if called in SINGULAR else 2 if called in PLURAL | CONTEXT else 0
        texts = [a.value for a in node.args[:wanted] if isinstance(a, ast.Constant)]
        if len(texts) < wanted:
            found.faults.append(f"{name}:{node.lineno} {called}() wants a text, not a value")
        elif called in SINGULAR:
            found.add((name, node.lineno), str(texts[0]))
        elif called in PLURAL:
            found.add((name, node.lineno), str(texts[0]), str(texts[1]))
        elif called in CONTEXT:
            found.add((name, node.lineno), str(texts[1]), context=str(texts[0]))


def catalog_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def catalog(language: str) -> Catalog:
    """The catalog of a language as committed; an empty one where there is none yet."""
    path = catalog_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as stream:
        return read_po(stream, locale=language, domain="django")


def renewed(language: str, found: Found) -> Catalog:
    """The found texts with the translations there are, in the order of the sources' names."""
    old = catalog(language)
    new = Catalog(
        locale=language,
        project="Acquit",
        version="1",
        copyright_holder="the Acquit authors",
        fuzzy=False,
        creation_date=old.creation_date,
        revision_date=old.revision_date,
        last_translator="the Acquit authors",
        language_team=f"{language}",
        header_comment="# Texts of Acquit's pages. Made by tools/messages.py, translated by hand.",
    )
    for context, text, plural in sorted(found.places, key=lambda key: (found.places[key][0], key)):
        known = old.get(text, context or None)
        empty = ("",) * new.num_plurals if plural else ""
        new.add(
            (text, plural) if plural else text,
            known.string if known and bool(plural) == known.pluralizable else empty,
            locations=[(place, None) for place in sorted({p for p, _ in
                       found.places[context, text, plural]})],
            context=context or None,
        )  # fmt: skip
    return new


def extract() -> int:
    found = find()
    for language in LANGUAGES:
        path = catalog_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = renewed(language, found)
        with path.open("wb") as stream:
            write_po(stream, new, width=96, include_lineno=False)
        missing = sum(1 for message in new if message.id and not _filled(message))
        print(f"{language}: {len(new)} texts, {missing} without translation")
    return 0


def compile_all() -> int:
    for language in LANGUAGES:
        with catalog_path(language).with_suffix(".mo").open("wb") as stream:
            write_mo(stream, catalog(language))
    return 0


def check() -> int:
    faults = list(findings())
    for fault in faults:
        print(fault)
    print(f"messages: {len(faults)} findings", file=sys.stderr)
    return 1 if faults else 0


def findings() -> Iterator[str]:
    """Everything that would show as English, as a wrong value, or as a wrong letter."""
    found = find()
    yield from found.faults
    for language in LANGUAGES:
        known = catalog(language)
        for (context, text, plural), places in found.places.items():
            message = known.get(text, context or None)
            where = f"{language}: {text!r} ({places[0][0]}:{places[0][1]})"
            if message is None or not _filled(message) or bool(plural) != message.pluralizable:
                yield f"{where} has no translation"
                continue
            yield from (f"{where} {fault}" for fault in _faults(language, message))
    yield from _of_tables()
    for path in sorted((ROOT / "acquit").rglob("*.html")):
        yield from hard_coded(path, path.read_text("utf-8"))


def _filled(message: Message) -> bool:
    return all(_forms(message.string))


def _forms(texts: str | Sequence[str | None] | None) -> tuple[str, ...]:
    """One text, or one for each number of things."""
    if texts is None or isinstance(texts, str):
        return (texts or "",)
    return tuple(text or "" for text in texts)


def _places(text: str) -> set[str]:
    return {match[0] for match in PLACE.finditer(text.replace("%%", ""))}


def _faults(language: str, message: Message) -> Iterator[str]:
    ids, strings = _forms(message.id), _forms(message.string)
    wanted = _places(ids[-1])
    for string in strings:
        # The form for one may say "a" instead of the number, as the English one may.
        if _places(string) - wanted or (
            wanted - _places(string) and (string is not strings[0] or wanted == _places(ids[0]))
        ):
            yield f"has other values: {string!r}"
        if ids[0].strip() and (ids[0][0] == " ") != (string[0] == " "):
            yield f"begins with another space: {string!r}"
        if language == "ro" and re.search("[şţŞŢ]", string):
            yield f"is written with a cedilla instead of a comma below: {string!r}"
        if language == "fr":
            yield from french_faults(string)


def french_faults(text: str) -> Iterator[str]:
    """How a text is not set as French is."""
    if WIDE.search(text):
        yield f"wants a narrow no-break space: {text!r}"
    if STRAIGHT.search(text):
        yield f"wants a curved apostrophe: {text!r}"


def _french(value: Any, is_french: bool = False) -> Iterator[str]:
    """The French texts of a table, whose keys are languages somewhere."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _french(inner, is_french or key == "fr")
    elif isinstance(value, list):
        for inner in value:
            yield from _french(inner, is_french)
    elif isinstance(value, str) and is_french:
        yield value


def _of_tables() -> Iterator[str]:
    for pattern in TABLES:
        for path in sorted((ROOT / "acquit").glob(pattern)):
            for text in _french(tomllib.loads(path.read_text("utf-8"))):
                where = path.relative_to(ROOT).as_posix()
                yield from (f"{where} {fault}" for fault in french_faults(text))


# Names of things that are written the same in every language.
NAMES = set(
    "Acquit API BIC CSV DSO EUR IBAN JSON PDF SHA TOML XML UBL CII SMTP camt MT OpenAPI Enter Esc"
    " Ctrl nbsp mdash middot times amp id".split()
)
SPOKEN = re.compile(r"""\b(?:title|label|lead|text|note|placeholder|alt|aria-label|caption|name)=
    "([^"{]*[A-Za-z]{3}[^"{]*)\"""", re.X)  # fmt: skip
SHOWN_HERE = ("styleguide",)


def hard_coded(path: Path, source: str) -> Iterator[str]:
    """Words a template shows without a translate tag."""
    name = path.relative_to(ROOT).as_posix()
    if path.name.startswith(SHOWN_HERE):
        return
    source = re.sub(r"{%\s*blocktrans.*?{%\s*endblocktrans\w*\s*%}", "", source, flags=re.S)
    source = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}|{%.*?%}|{{.*?}}", "{}", source,
                    flags=re.S)  # fmt: skip
    source = re.sub(r"<(script|style|code|kbd|svg)\b.*?</\1>|<!--.*?-->|<!.*?>", "", source,
                    flags=re.S)  # fmt: skip
    for component, values in re.findall(r"<(c-[\w-]+)\b([^>]*)", source):
        for match in SPOKEN.finditer(values):
            is_plain = "name=" in match[0] and component not in {"c-fact"}
            if not is_plain and (words := _words(match[1])):
                yield f"{name} {component} says {words!r} outside translate"
    for text in re.findall(r">([^<>]+)<", "<p>" + source + "<p>"):
        text = re.sub(r"{} is-(?:narrow|wide){}", "", text)
        if words := _words(text):
            yield f"{name} says {words!r} outside translate"


def _words(text: str) -> str:
    text = re.sub(r"[\w.+-]+@[\w.-]+|https?://\S+|&\w+;|SHA-256", "", text)
    words = [word for word in NAMED_WORDS.findall(text) if word not in NAMES]
    return " ".join(text.split()) if words else ""


def main() -> int:
    verbs = {"extract": extract, "compile": compile_all, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in verbs:
        print(__doc__, file=sys.stderr)
        return 2
    return verbs[sys.argv[1]]()


if __name__ == "__main__":
    raise SystemExit(main())
