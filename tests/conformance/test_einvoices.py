"""The native judge meets the official unit cases and agrees with the stylesheets on all samples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from acquit.core.codecs import facturx, formats
from acquit.core.judges import native, official
from acquit.core.judges.compare import differences
from acquit.core.judges.facturx_levels import LEVELS
from tests.conformance.conftest import FIXTURES

SAMPLES = FIXTURES / "einvoices"
_TEST = "{http://difi.no/xsd/vefa/validator/1.0}"
_FIRES = ("error", "warning", "fatal")


def _files(*folders: str) -> list[Path]:
    return sorted(p for name in folders for p in (SAMPLES / name).iterdir() if p.is_file())


def _cases(path: Path) -> Iterator[tuple[list[tuple[str, str]], bytes]]:
    """Each case of a file: what is said of which rule, and the fragment it is said of."""
    for test in etree.parse(str(path)).getroot().iter(f"{_TEST}test"):
        said = test.find(f"{_TEST}assert")
        assert said is not None
        document = [e for e in test if isinstance(e.tag, str) and e is not said][-1]
        rules = [(e.tag, (e.text or "").strip()) for e in said if isinstance(e.tag, str)]
        kinds = [(kind.removeprefix(_TEST), rule) for kind, rule in rules]
        yield kinds, etree.tostring(document)


UNITS = _files("en16931-units-invoice", "en16931-units-creditnote", "en16931-units-cii")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: f"{path.parent.name[15:]}-{path.stem}")
def test_the_official_unit_cases_are_met(path: Path) -> None:
    for number, (said, data) in enumerate(_cases(path), 1):
        found = {fault.rule for fault in native.judge(data).faults}
        for kind, rule in said:
            if kind == "success":
                assert rule not in found, f"case {number} must not break {rule}"
            elif kind in _FIRES:
                assert rule in found, f"case {number} must break {rule}"


def test_the_official_unit_cases_are_all_there() -> None:
    assert sum(len(list(_cases(path))) for path in UNITS) >= 1_100


@pytest.mark.parametrize(
    "path", _files("ubl", "cii", "peppol", "zugferd"), ids=lambda path: path.name
)
def test_both_judges_agree_on_public_samples(path: Path) -> None:
    data = path.read_bytes()
    if data.startswith(b"%PDF"):
        data = facturx.extract(pdf=data).xml
    theirs = official.judge(data, profile="en16931")
    ours = native.judge(data, profile="en16931")
    assert differences(official=theirs, native=ours) == []


@pytest.mark.parametrize("level", LEVELS)
def test_both_judges_agree_on_public_samples_as_of_each_level(level: str) -> None:
    for path in _files("cii", "zugferd"):
        data = path.read_bytes()
        if data.startswith(b"%PDF"):
            data = facturx.extract(pdf=data).xml
        theirs = official.judge(data, profile=f"facturx-{level}")
        ours = native.judge(data, profile=f"facturx-{level}")
        assert differences(official=theirs, native=ours) == [], path.name


def test_both_judges_agree_on_the_unit_cases() -> None:
    for path in UNITS[::4]:
        for _, data in _cases(path):
            theirs = official.judge(data, profile="en16931")
            ours = native.judge(data, profile="en16931")
            assert differences(official=theirs, native=ours) == [], path.name


def test_every_sample_is_read_whole_and_written_anew() -> None:
    """No sample holds anything that is not carried; each comes back from every syntax."""
    told = {}
    for path in _files("ubl", "cii", "peppol", "zugferd"):
        (part,) = formats.read(data=path.read_bytes()).parts
        document = part.reading.document
        assert document is not None, (path, part.reading.faults)
        if part.reading.faults:
            told[path.name] = part.reading.faults
        for to in ("ubl", "cii", "edifact", "x12"):
            written = formats.write(document=document, to=to)
            (again,) = formats.read(data=written.data).parts
            assert again.reading.document.totals == document.totals, path
            assert again.reading.document.breakdown == document.breakdown, path
    assert told == {}
