"""House rules that linters do not know: sizes, clocks, floats near money, scoped queries.

    python -m tools.style

Each finding says where, what, and how to obey. There are no exceptions by comment.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
STAGE_NAMES = {
    "README.md",
    "__init__.py",
    "admin.py",
    "apps.py",
    "commands",
    "facts.py",
    "jobs.py",
    "lifecycle.py",
    "migrations",
    "models",
    "models.py",
    "queries",
    "queries.py",
    "reactions.py",
    "rules",
    # insight is made of reading only: its reports and its verifier have names of their own
    "reports",
    "reports.py",
    "verify",
}
# Who may look at a clock or roll dice: the edges, where a Context is made.
EDGES = ("acquit/entrypoints/", "acquit/config/", "acquit/supervisor/", "acquit/channels/")
CLOCKS = {
    "now",
    "today",
    "utcnow",
    "time",
    "time_ns",
    "uuid1",
    "uuid4",
    "token_hex",
    "token_bytes",
    "token_urlsafe",
}
CLOCK_MODULES = {"datetime", "date", "time", "uuid", "secrets", "timezone"}
MONEY_WORDS = re.compile(r"amount|minor|price|total|money|tax|balance|net|gross", re.I)
# Tables outside the wall, and the one module that may read across companies by a secret.
UNSCOPED_FINE = {"Company", "User", "Site", "ContentType"}


def main() -> int:
    findings = [finding for path in _sources() for finding in _check(path)]
    findings += list(_stage_names())
    for finding in findings:
        print(finding)
    print(f"style: {len(findings)} findings in {len(list(_sources()))} files", file=sys.stderr)
    return 1 if findings else 0


def _sources() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py", "*.ts"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    for name in listed:
        if name and "/migrations/" not in name and (ROOT / name).exists():
            yield ROOT / name


def _check(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text("utf-8")
    lines = text.count("\n") + 1
    if lines > FILE_LINES_MAX:
        yield f"{name}:1 {lines} lines; split it by verb or block (max {FILE_LINES_MAX})"
    if path.suffix != ".py":
        return
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"{name}:{node.lineno} {node.name} has {length} lines; pull leaves out of it"
        if name.startswith("acquit/"):
            yield from _clock(name, node)
            yield from _float(name, node)
            yield from _scope(name, node)


def _clock(name: str, node: ast.AST) -> Iterator[str]:
    if name.startswith(EDGES) or not isinstance(node, ast.Call):
        return
    call = node.func
    if (
        isinstance(call, ast.Attribute)
        and call.attr in CLOCKS
        and isinstance(call.value, ast.Name)
        and call.value.id in CLOCK_MODULES
    ):
        yield (
            f"{name}:{node.lineno} {call.value.id}.{call.attr}() reads a clock or dice;"
            " take it from the context"
        )


def _float(name: str, node: ast.AST) -> Iterator[str]:
    if name.endswith("facts.py") and isinstance(node, ast.Name) and node.id == "float":
        yield f"{name}:{node.lineno} a fact is hashed: no float in it; use int, Decimal or Money"
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
        and MONEY_WORDS.search(ast.unparse(node))
    ):
        yield f"{name}:{node.lineno} float near money; use Money or Decimal"
    if (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.annotation, ast.Name)
        and node.annotation.id == "float"
        and MONEY_WORDS.search(ast.unparse(node.target))
    ):
        yield f"{name}:{node.lineno} float near money; use Money or Decimal"


def _scope(name: str, node: ast.AST) -> Iterator[str]:
    """``X.objects.<verb>`` must begin with ``of(company_id)``, or write rows that carry one."""
    fine = {"of", "bulk_create", "bulk_update", "create", "none"}
    if (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "objects"
        and isinstance(node.value.value, ast.Name)
        and node.value.value.id not in UNSCOPED_FINE
        and node.attr not in fine
        and not name.startswith("acquit/access/unscoped.py")
    ):
        yield (
            f"{name}:{node.lineno} {node.value.value.id}.objects.{node.attr} is not scoped;"
            " begin with .of(company_id)"
        )


def _stage_names() -> Iterator[str]:
    for stage in sorted((ROOT / "acquit" / "stages").iterdir()):
        if not stage.is_dir() or stage.name == "__pycache__":
            continue
        for entry in sorted(stage.iterdir()):
            if entry.name not in STAGE_NAMES | {"__pycache__"}:
                yield f"{entry.relative_to(ROOT)} is no name for a part of a stage"
        if not (stage / "README.md").exists():
            yield f"{stage.relative_to(ROOT)}/README.md is missing"


if __name__ == "__main__":
    raise SystemExit(main())
