"""What the reference reads in the source itself: codes of faults, names of settings."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Calls that make a fault; their first text that looks like a code is one.
MAKERS = {
    "Fault", "because", "reject", "RowReject", "_Refusal", "_note", "_Bad", "_issue", "_say",
    "Refusal", "CannotOpen", "_Ended",
}  # fmt: skip
CODE = re.compile(r"^[a-z][a-z0-9_]*(\.(<[a-z_.]+>|[a-z][a-z0-9_]*))+$|^<[a-z_.]+>\.[a-z_]+$")
SETTING = re.compile(r"^ACQUIT_[A-Z_]+$")


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """A code of a fault, where it is made, and its message with ``<names>`` for what varies."""

    code: str
    place: str
    message: str


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the program with its path, in a fixed order."""
    for path in sorted((ROOT / "acquit").rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def fault_codes() -> list[Code]:
    """Codes of all faults in the source and in the shipped profiles, each place once."""
    found: dict[tuple[str, str], Code] = {}
    for place, tree in sources():
        folder = place.removesuffix(".py").replace("/", ".")
        said = _assigned(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                for code, message in _codes(node, said):
                    known = found.get((code, folder))
                    if known is None or (message and not known.message):
                        found[code, folder] = Code(code, folder, message)
    for path in sorted((ROOT / "acquit/intake/profiles").glob("*.toml")):
        place = f"profile {path.stem}"
        for rule in tomllib.loads(path.read_text("utf-8")).get("reject", []):
            found[rule["code"], place] = Code(rule["code"], place, rule["message"])
    return sorted(found.values())


def _assigned(tree: ast.Module) -> list[tuple[int, str, str]]:
    """Texts given to names: (line, name, text), in the order of lines."""
    found = [
        (node.lineno, node.targets[0].id, text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and (text := _text(node.value)) is not None
    ]
    return sorted(found)


def _message(node: ast.expr, said: list[tuple[int, str, str]]) -> str:
    """The text of a message, or what was last given to the name above it."""
    if isinstance(node, ast.Name):
        texts = [text for line, name, text in said if name == node.id and line < node.lineno]
        return texts[-1] if texts else ""
    return _text(node) or ""


def _codes(call: ast.Call, said: list[tuple[int, str, str]]) -> Iterator[tuple[str, str]]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = call.func.id if isinstance(call.func, ast.Name) else name
    texts = [_text(argument) for argument in call.args]
    if name in MAKERS:
        for position, text in enumerate(texts):
            if text and CODE.match(text):
                rest = call.args[position + 1 :]
                yield text, _message(rest[0], said) if rest else ""
                return
    for keyword in call.keywords:
        text = _text(keyword.value)
        if keyword.arg == "code" and text and CODE.match(text):
            given = [k.value for k in call.keywords if k.arg == "message"]
            yield text, _message(given[0], said) if given else ""


def _text(node: ast.expr) -> str | None:
    """A text as it stands in the source; what is filled in later becomes ``<name>``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [
            part.value if isinstance(part, ast.Constant) else f"<{_name(part)}>"
            for part in node.values
        ]
        return "".join(str(part) for part in parts)
    return None


def _name(part: ast.expr) -> str:
    """The last name in an expression, which is what a reader needs to know about it."""
    names = re.findall(r"[a-z_]{2,}", ast.unparse(part).lower())
    return str(names[-1]) if names else "value"


def settings() -> dict[str, str]:
    """Every environment variable that the program reads, with its default where there is one."""
    found: dict[str, str] = {"DATABASE_URL": "the embedded server"}
    for place, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and SETTING.match(str(node.value)):
                found.setdefault(str(node.value), "")
            if place.startswith("acquit/config/") and isinstance(node, ast.Call):
                _environment(node, found)
    return dict(sorted(found.items()))


def _environment(call: ast.Call, found: dict[str, str]) -> None:
    """Note a call of ``env.text`` or ``env.flag`` with its default."""
    function = ast.unparse(call.func).removeprefix("env.")
    if function in ("text", "flag") and isinstance(call.args[0], ast.Constant):
        default = call.args[1] if len(call.args) > 1 else None
        shown = str(default.value) if isinstance(default, ast.Constant) else ""
        found[f"ACQUIT_{call.args[0].value}"] = "0" if function == "flag" else shown
