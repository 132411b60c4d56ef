"""Write the reference of the documentation from the program itself.

    python -m tools.reference            # writes docs/reference/
    python -m tools.reference --check    # exit 1 where a page is not what would be written

Needs no database.
"""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, fields
from types import ModuleType
from typing import Any

from tools.reference_source import ROOT, fault_codes, settings

TARGET = ROOT / "docs" / "reference"
NOTE = "<!-- Written by `python -m tools.reference`; change the program, not this page. -->"
Row = Sequence[str]

SETTINGS = {
    "ACQUIT_ADDRESS": "The address people type; `https://` makes cookies secure.",
    "ACQUIT_API_PER_MINUTE": "Requests one API key may send in a minute; 0 is without a limit.",
    "ACQUIT_COMPANY": "The company console commands work on when there are several.",
    "ACQUIT_DATA": "The data folder; default `~/.local/share/acquit`.",
    "ACQUIT_DEBUG": "Pages with tracebacks; never on real data.",
    "ACQUIT_DEMO": "One-click sign-in and the mailbox page; never on real data.",
    "ACQUIT_EMBEDDED": "Set by Acquit itself while its own database serves.",
    "ACQUIT_GO": "Set by Acquit itself for the web process: it loads first and serves when told.",
    "ACQUIT_HOSTS": "Names this server answers to, separated by commas.",
    "ACQUIT_POOL": "Set by Acquit itself for web processes: a pool of connections.",
    "ACQUIT_SECRET_KEY": "Signs sessions and links; drawn once per data folder when not given.",
    "ACQUIT_SMTP_HOST": "The mail server that documents are handed to.",
    "ACQUIT_SMTP_PASSWORD": "Its password.",
    "ACQUIT_SMTP_PORT": "Its port; the demo sets it to its own mailbox.",
    "ACQUIT_SMTP_TLS": "STARTTLS before anything is said.",
    "ACQUIT_SMTP_USER": "Its user, where it wants one.",
    "ACQUIT_STATIC_ROOT": "Where `collectstatic` writes, when a web server serves the files.",
    "ACQUIT_TEST_DATABASE": "Name of the database of the test suite.",
    "ACQUIT_WEBHOOK_LOOPBACK": "Webhooks may call this machine, also by http; development only.",
    "DATABASE_URL": "`postgres://user:secret@host:port/name` of a real server (15 or later).",
}


def pages() -> dict[str, str]:
    """Every generated page by its file name. Loads the whole program."""
    _load()
    written = {
        "commands.md": _commands(),
        "roles.md": _roles(),
        "facts.md": _facts(),
        "lifecycles.md": _lifecycles(),
        "wiring.md": _wiring(),
        "posting.md": _posting(),
        "policies.md": _policies(),
        "imports.md": _imports(),
        "codecs.md": _codecs(),
        "rules.md": _rules(),
        "mentions.md": _mentions(),
        "settings.md": _settings(),
        "console.md": _console(),
        "faults.md": _faults(),
    }
    return {name: f"{text.rstrip()}\n\n{NOTE}\n" for name, text in written.items()}


def _load() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acquit.config.settings")
    django.setup()
    for module in _modules():
        name = module.rpartition(".")[2]
        if name in ("facts", "models", "lifecycle") or ".commands." in f"{module}.":
            importlib.import_module(module)


def _modules() -> Iterator[str]:
    import acquit

    for found in pkgutil.walk_packages(acquit.__path__, "acquit."):
        if ".migrations" not in found.name and ".entrypoints." not in found.name:
            yield found.name


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|") if "`" in text else _escaped(text)


def _escaped(text: str) -> str:
    """Text whose ``<names>`` and bars stay visible in Markdown."""
    plain = " ".join(text.split()).replace("|", "\\|")
    return plain.replace("<", "&lt;").replace(">", "&gt;")


def _first_sentence(item: Any) -> str:
    text = inspect.getdoc(item) or ""
    return re.split(r"(?<=[.!?])\s", text.split("\n\n")[0].replace("\n", " "))[0]


def _commands() -> str:
    from acquit.access.command import REGISTRY
    from acquit.access.roles import ROLES

    rows = []
    for name, entry in sorted(REGISTRY.items()):
        if not entry.run.__module__.startswith("acquit."):
            continue
        roles = [role for role in ROLES if name in ROLES[role]]
        limited = inspect.getclosurevars(entry.run).nonlocals.get("weigh") is not None
        second = "always" if entry.always_second_person else "above a limit" if limited else ""
        takes = getattr(entry.item_type, "__name__", "")
        does = _first_sentence(inspect.unwrap(entry.run))
        rows.append((f"`{name}`", _escaped(does), takes and f"`{takes}`", second, ", ".join(roles)))
    return (
        "# Commands\n\nEvery change of state is one of these, from the console, the API, a page or"
        " a job alike. The name is also the permission. The installer of a machine (the console)"
        " and Acquit itself act by rights of their own.\n\n"
        + _table(("command", "does", "items", "second person", "roles"), rows)
    )


def _roles() -> str:
    from acquit.access.roles import CONFLICTS, LIMITS, READ, ROLES

    rights = sorted(frozenset().union(*ROLES.values()) - READ)
    people = [role for role in ROLES if role != "system"]
    matrix = [
        (f"`{right}`", *("x" if right in ROLES[r] else "" for r in people)) for right in rights
    ]
    limits = [
        (role.replace("_", " "), f"`{command}`", f"{limit}.00")
        for command, roles in LIMITS.items()
        for role, limit in roles.items()
    ]
    duties = [(f"`{c.first}`", f"`{c.second}`", c.risk, c.level) for c in CONFLICTS]
    return "\n\n".join(
        [
            "# Roles and permissions",
            "Every role reads everything of its company; the auditor does nothing else. Beyond"
            " reading:",
            _table(("permission", *(role.replace("_", " ") for role in people)), matrix),
            "## Limits as delivered",
            "Up to how much a role acts alone, in the company's currency; above it a second person"
            " says yes. The first limit that the company sets for a command stands in place of"
            " these.",
            _table(("role", "permission", "limit"), limits),
            "## Duties that do not go together",
            "Checked when a role is granted. H must not be joined in one hand, M only with a"
            " review; a waiver is recorded.",
            _table(("one", "other", "risk", "level"), duties),
        ]
    )


def _all_facts() -> list[Any]:
    from acquit.history.facts import Fact

    found = [kind for kind in Fact.__subclasses__() if kind.__module__.startswith("acquit.")]
    # A dataclass with slots is made twice; the class of the module is the one that counts.
    named = {kind.KIND: getattr(sys.modules[kind.__module__], kind.__name__) for kind in found}
    return [named[kind] for kind in sorted(named)]


def _facts() -> str:
    parts = [
        "# Facts\n\nWhat happened, in the past tense, chained by hash per company. Each also has"
        " `subject_id` (what it is about) and `effective_on` (the accounting day)."
    ]
    common = {"subject_id", "effective_on"}
    for kind in _all_facts():
        own = [field for field in fields(kind) if field.name not in common]
        rows = [(f"`{f.name}`", f"`{f.type}`", "" if f.default is MISSING else "yes") for f in own]
        words = inspect.getdoc(kind) or ""
        parts.append(f"## `{kind.KIND}`")
        if not words.startswith(f"{kind.__name__}("):
            parts.append(words.replace("``", "`"))
        parts.append(_table(("field", "type", "may be left out"), rows) if rows else "No fields.")
    return "\n\n".join(parts)


def _lifecycles() -> str:
    from acquit.core.lifecycle import Lifecycle

    found: dict[str, Lifecycle] = {}
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and module.__name__.startswith("acquit."):
            tables = (one for one in vars(module).values() if isinstance(one, Lifecycle))
            found |= {table.name: table for table in tables}
    parts = [
        "# Lifecycles\n\nOne status per object. What is not drawn is refused; the same table makes"
        " the database's CHECK."
    ]
    for name, lifecycle in sorted(found.items()):
        parts.append(f"## {name}\n\n```mermaid\n{lifecycle.mermaid()}\n```")
    return "\n\n".join(parts)


def _wiring() -> str:
    from acquit.config.wiring import WIRING

    def called(reaction: Any) -> str:
        return f"`{reaction.__module__.removeprefix('acquit.')}.{reaction.__name__}`"

    kinds = sorted({*WIRING.now, *WIRING.later})
    rows = [
        (
            f"`{kind}`",
            ", ".join(called(reaction) for reaction in WIRING.now.get(kind, ())),
            ", ".join(f"`{job}`" for job in WIRING.later.get(kind, ())),
        )
        for kind in kinds
    ]
    return (
        "# What follows a fact\n\n`acquit/config/wiring.py` is the only place that says so."
        " *Now* is in the same transaction, in this order; *later* is a job enqueued in it.\n\n"
        + _table(("fact", "now", "later"), rows)
    )


def _posting() -> str:
    from acquit.stages.ledger.rules.posting import as_markdown

    return (
        "# The posting table\n\nWhich accounts each fact moves. Accounts are named by their role;"
        " the country pack says which account plays it.\n\n" + as_markdown()
    )


def _policies() -> str:
    from acquit.core.tables import HitPolicy
    from acquit.policy.registry import SPECS

    parts = [
        "# Policies\n\nDecision tables that people edit: what each may ask, what it must answer."
        " The shipped tables are `acquit/policy/defaults/*.toml`."
    ]
    for spec in SPECS.values():
        asks = [(f"`{f.name}`", f.kind.value, f.title, ", ".join(f.choices)) for f in spec.facts]
        gives = [
            (f"`{o.name}`", o.kind.value, ", ".join(o.choices), "yes" if o.is_required else "")
            for o in spec.outputs
        ]
        parts += [
            f"## {spec.name}: {spec.title}",
            "The topmost row that holds decides."
            if spec.hit is HitPolicy.FIRST
            else "Every row that holds counts.",
            _table(("may ask", "type", "meaning", "values"), asks),
            _table(("answers", "type", "values", "required"), gives),
        ]
    return "\n\n".join(parts)


def _imports() -> str:
    from acquit.config.wiring import KINDS

    parts = [
        "# Files that can be imported\n\nColumns of CSV files, in any order; days are ISO 8601,"
        " decimals have a point. A profile maps other shapes. `bank` takes camt.053, MT940,"
        " BAI2, OFX, CODA and the tables of banks that are known; `remittance` takes payout"
        " reports of payment providers, camt.054, lockbox files, and remittance advices in EDIFACT,"
        " X12 and UBL."
    ]
    for kind in KINDS:
        rows = [
            (f"`{c.name}`", c.title, c.type.value, "yes" if c.required else "")
            for c in kind.columns
        ]
        parts.append(f"## {kind.name}\n\n{_table(('column', 'title', 'type', 'required'), rows)}")
    return "\n\n".join(parts)


def _codecs() -> str:
    from acquit.core.codecs import (
        camt,
        cdar,
        cii,
        edifact,
        efactura,
        facturx,
        flux10,
        mt940,
        orderx,
        swiss_qr,
        ubl,
        x12,
    )

    alone = (ubl, cii, facturx, orderx, cdar, flux10, camt, mt940)
    single = {codec.NAME: (codec, "") for codec in alone}
    messages = {
        f"{family.NAME} {kind}": (module, ", ".join(getattr(module, "VERSIONS", ())))
        for family, kinds in (
            (ubl, ubl.MESSAGES),
            (edifact, edifact.MESSAGES),
            (x12, x12.SETS),
        )
        for kind, module in kinds.items()
    }
    parts = [
        "# Codecs and what they lose\n\nEach reads and writes bytes of one syntax. What is listed"
        " does not survive writing and reading; everything else does, and tests compare it. The"
        " writers of EDIFACT and X12 report it for each document, with its place, and refuse where"
        " an amount would change. `acquit read FILE` says what is in a file, and"
        " `acquit convert FILE --to SYNTAX -o FILE` writes it in another one.",
        _forms(),
    ]
    for name, (module, versions) in {**single, **messages}.items():
        words = _first_sentence(module)
        losses = module.LOSES
        why = losses if isinstance(losses, dict) else dict.fromkeys(sorted(losses), "")
        rows = [(f"`{path}`", reason) for path, reason in why.items()]
        written = f"\n\nRead in any version, written in {versions}." if versions else ""
        lost = _table(("lost", "why"), rows) if rows else "Nothing is lost."
        parts.append(f"## {name}\n\n{words}{written}\n\n{lost}")
    parts.append(f"## {efactura.NAME}\n\n{_first_sentence(efactura)}\n\nRead only.")
    parts.append(f"## {swiss_qr.NAME}\n\n{_first_sentence(swiss_qr)}\n\nNothing is lost.")
    return "\n\n".join(parts)


def _forms() -> str:
    """Which document is read and written in which syntax, and in which versions of it."""
    from acquit.core.codecs import cii, facturx, formats, ubl
    from acquit.core.documents.invoice import Invoice

    own: dict[type, str] = {Invoice: f"`{ubl.NAME}`, `{cii.NAME}`, `{facturx.NAME}` (PDF), "}
    rows = [
        (
            _spaced(kind.__name__),
            own.get(kind, "")
            + ", ".join(
                f"`{name}` ({', '.join(module.VERSIONS)})" for name, module in modules.items()
            ),
        )
        for kind, modules in formats.MESSAGES.items()
    ]
    return _table(("document", "syntaxes"), rows)


def _spaced(name: str) -> str:
    """``DespatchAdvice`` as ``Despatch advice``, ``EReport`` as ``E-report``."""
    dashed = re.sub(r"^E(?=[A-Z])", "E-", name)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", dashed).capitalize()


def _rules() -> str:
    from acquit.core.judges.packs import packs
    from acquit.core.judges.registry import Breach
    from acquit.core.judges.texts import told

    parts = [
        "# Rules of the native judge\n\nEach rule by its official id, with the business terms it"
        " speaks of and what it says when it is broken; the same in French, German and Romanian."
        " Rules by table (what a syntax has and EN 16931 does not use, how often elements may"
        " stand) come on top. `acquit validate --judge native FILE` applies them."
    ]
    for pack in packs():
        until = f" to {pack.valid_to}" if pack.valid_to else ""
        base = f" On top of `{pack.extends}`." if pack.extends else ""
        head = f"## `{pack.id}`, {pack.syntax}: {pack.title}\n\n{pack.source}."
        rows = {
            (
                rule.id,
                str(rule.severity),
                ", ".join(rule.terms),
                told(Breach(rule, ""), "en").message,
            )
            for rule in pack.rules
        }
        table = _table(("rule", "severity", "terms", "when it is broken"), sorted(rows))
        parts.append(f"{head} From {pack.valid_from}{until}.{base}\n\n{table}")
        if pack.uncovered:
            left = _table(("not asked", "why"), pack.uncovered)
            parts.append(f"What the publication has and this pack does not ask:\n\n{left}")
    return "\n\n".join(parts)


def _mentions() -> str:
    from acquit.core import packs

    parts = [
        "# What the law wants said\n\nThe texts that documents carry by themselves, by the"
        " country of the seller: on paper and in the electronic invoice, from the day to the day."
    ]
    for pack in map(packs.get, packs.COUNTRIES):
        rows = [
            (one.text[pack.locale[:2]], one.supply, f"{one.valid_from}", "", one.source)
            for one in pack.mentions
        ]
        rows += [
            (
                tax.exemption_reason,
                f"lines of tax code {tax.code}",
                f"{tax.valid_from}",
                f"{tax.valid_to or ''}",
                tax.source,
            )
            for tax in pack.taxes
            if tax.exemption_reason
        ]
        head = ("text", "on", "from", "to", "source")
        parts.append(f"## {pack.name}\n\n{_table(head, rows)}")
    return "\n\n".join(parts)


def _settings() -> str:
    rows = [
        (f"`{name}`", SETTINGS.get(name, ""), f"`{default}`" if default else "")
        for name, default in settings().items()
    ]
    return (
        "# Settings\n\nFrom the environment alone. `acquit config` prints those in force, secrets"
        " masked.\n\n" + _table(("name", "meaning", "default"), rows)
    )


def _console() -> str:
    import typer

    from acquit.entrypoints.console import shared
    from acquit.entrypoints.console.main import app

    group: Any = typer.main.get_command(app)
    exits = [
        ("0", "done; for proofs and checks: everything holds"),
        (str(shared.EXIT_WRONG), "refused, or found something wrong"),
        (str(shared.EXIT_USAGE), "the command line or a file cannot be read"),
        (str(shared.EXIT_NOT_FOUND), "no such company"),
        (str(shared.EXIT_CONFLICT), "it runs already"),
        (str(shared.EXIT_REFUSED), "not permitted, or waits for `--yes`"),
    ]
    parts = [
        "# The console",
        "Data on standard output, messages on standard error; `--json` gives one object a line.",
        _table(("exit", "means"), exits),
    ]
    for name, command in group.commands.items():
        rows = [
            (f"`{' '.join(p.opts) if p.param_type_name == 'option' else p.name}`", p.help or "")
            for p in command.params
            if p.name != "help"
        ]
        described = " ".join((command.help or "").split())
        parts += [f"## acquit {name}", described, _table(("option or argument", "meaning"), rows)]
    return "\n\n".join(parts)


def _faults() -> str:
    by_code: dict[str, tuple[set[str], str]] = {}
    for one in fault_codes():
        places, message = by_code.setdefault(one.code, (set(), one.message))
        places.add(one.place.removeprefix("acquit."))
        by_code[one.code] = (places, message or one.message)
    rows = [
        (f"`{code}`", _escaped(message), ", ".join(f"`{place}`" for place in sorted(places)))
        for code, (places, message) in sorted(by_code.items())
    ]
    return (
        "# Codes of faults\n\nThe same codes on the console, in pages and in the API's problem"
        " documents. `<names>` stand for what is filled in. Rules of EN 16931 (`BR-...`) and schema"
        " errors keep their official ids.\n\n" + _table(("code", "message", "from"), rows)
    )


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` name those that differ."""
    differing = [
        name
        for name, text in pages().items()
        if not (TARGET / name).exists() or (TARGET / name).read_text("utf-8") != text
    ]
    if "--check" in arguments:
        for name in differing:
            print(f"docs/reference/{name} is not up to date; run: python -m tools.reference")
        return 1 if differing else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (TARGET / name).write_text(text, "utf-8")
    print(f"reference: {len(differing)} pages changed", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
