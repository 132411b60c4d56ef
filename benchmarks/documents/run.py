"""One engine over a set of files, in a process of its own; needs no database."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from acquit.core.faults import Fault
from benchmarks.child import answer
from benchmarks.documents.make import SYNTAXES, file, invoice

_WARM_UP = 100_000  # seeds from here: documents that are not measured
_WARM_LINES = 1_000  # how many lines they have together


def main() -> None:
    values = json.loads(sys.argv[1])
    prepare, work, told = ENGINES[values["engine"]]
    syntax, lines = values["syntax"], values["lines"]
    for seed in range(_WARM_UP, _WARM_UP + max(1, _WARM_LINES // lines)):
        work(syntax, prepare(syntax, lines, seed))
    wall: list[float] = []
    cpu: list[float] = []
    verdicts = hashlib.sha256()
    # All are made before the first is measured, as files lie in a folder: what makes one leaves
    # little of what measures the next in the processor's caches.
    for given in [prepare(syntax, lines, seed) for seed in range(values["documents"])]:
        begun, begun_cpu = time.perf_counter(), time.process_time()
        done = work(syntax, given)
        cpu.append(round(time.process_time() - begun_cpu, 6))
        wall.append(round(time.perf_counter() - begun, 6))
        verdicts.update(json.dumps(told(done)).encode())
    answer(wall=wall, cpu=cpu, verdicts=verdicts.hexdigest())


def _file(syntax: str, lines: int, seed: int) -> bytes:
    return file(syntax=syntax, lines=lines, seed=seed)


def _document(_: str, lines: int, seed: int) -> Any:
    return invoice(lines=lines, seed=seed)


def _native(_: str, data: bytes) -> tuple[Fault, ...]:
    from acquit.core.judges import native

    return native.judge(data, profile="en16931").faults


def _native_first(syntax: str, data: bytes) -> tuple[Fault, ...]:
    """With nothing to remember, as the first file of a sender is judged."""
    from acquit.core.judges import moulds
    from acquit.core.judges.packs import packs

    moulds.forget()
    for pack in packs():
        pack.memory.forget()
    return _native(syntax, data)


def _record(_: str, data: bytes) -> str:
    """The part of judging that is reading."""
    from acquit.core.judges import native

    record = native._record(data)
    syntax = record.syntax
    record.release()
    return syntax


def _tree(_: str, data: bytes) -> str:
    """The same part in saxonche, which is given what lxml has let in."""
    from lxml import etree

    from acquit.core.judges import official

    text = etree.tostring(etree.fromstring(data), encoding="unicode")
    node = official._saxon()._processor.parse_xml(xml_text=text)
    return str(node.node_kind_str)


def _official(syntax: str, data: bytes) -> list[Fault]:
    """The published stylesheet in saxonche, without the schema: parsing and rules, as natively."""
    from lxml import etree

    from acquit.core.judges import official
    from acquit.core.judges.added import NOTHING
    from acquit.core.judges.rulesets import CII, UBL_INVOICE

    plan = official._plan(UBL_INVOICE if syntax == "ubl" else CII, "en16931", "", NOTHING)
    assert plan is not None
    (sheet,) = plan.sheets
    return official._by_rules(etree.fromstring(data), sheet)


def _rules(faults: Any) -> list[list[str]]:
    """What is compared: which rules are broken at which places."""
    return sorted([fault.rule, fault.path] for fault in faults)


def _read(syntax: str, data: bytes) -> Any:
    return SYNTAXES[syntax].read(data=data).document


def _write(syntax: str, document: Any) -> bytes:
    data: bytes = SYNTAXES[syntax].write(document=document)
    return data


def _print(_: str, document: Any) -> bytes:
    """The paper as PDF/A-3b with the invoice as XML inside."""
    from acquit.core.codecs import facturx, pdf

    paper = pdf.render(document=document, branding=pdf.Branding(), locale="fr", mentions=())
    return facturx.write(document=document, pdf=paper)


def _lines(document: Any) -> int:
    return len(document.lines) if document is not None else 0  # one without a name is not read


def _bytes(data: bytes) -> int:
    assert len(data) > 1_000
    return len(data)


Engine = tuple[Callable[[str, int, int], Any], Callable[[str, Any], Any], Callable[[Any], Any]]
ENGINES: dict[str, Engine] = {
    "native": (_file, _native, _rules),
    "native, first": (_file, _native_first, _rules),
    "saxonche": (_file, _official, _rules),
    "native, reading alone": (_file, _record, str),
    "saxonche, reading alone": (_file, _tree, str),
    "read": (_file, _read, _lines),
    "write": (_document, _write, _bytes),
    "pdf": (_document, _print, _bytes),
}


if __name__ == "__main__":
    main()
