"""The quick reader reads what the parser reads; what was judged before changes no verdict."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from lxml import etree

from acquit.core.codecs import cii, ubl
from acquit.core.judges import moulds, native
from acquit.core.judges.packs import packs
from acquit.core.judges.record import Group, Record, read
from tests.core.documents.samples import SAMPLES, many_lines
from tests.support.mutate import mutate

_DOCUMENTS = {
    "ubl": [ubl.write(document=build()) for build in SAMPLES.values()],
    "cii": [cii.write(document=build()) for build in SAMPLES.values()],
}


def _broken(syntax: str, *, seed: int, count: int) -> Iterator[bytes]:
    """Documents as different senders write them, most of them broken somewhere."""
    dice = random.Random(seed)
    documents = _DOCUMENTS[syntax]
    for number in range(count):
        root = etree.fromstring(documents[number % len(documents)])
        for _ in range(dice.choice((0, 1, 1, 2, 5))):
            mutate(root, dice)
        if dice.random() < 0.3:
            etree.indent(root)
        if dice.random() < 0.2:
            root.insert(1, etree.Comment(" <cbc:ID>1</cbc:ID> "))
        data = etree.tostring(root, encoding="UTF-8", xml_declaration=dice.random() < 0.5)
        yield data.replace(b"\n", b"\r\n") if dice.random() < 0.2 else data


def _told(value: Group | str) -> object:
    if isinstance(value, Group):
        children = [(name, [_told(child) for child in found]) for name, found in value.items()]
        return value.name, value.index, value.text, dict(value.attributes), children
    return str(value), dict(getattr(value, "attributes", {}))


def _all_of(record: Record) -> list[object]:
    def paths(found: dict[str, list[Group]]) -> dict[str, list[str]]:
        return {name: [group.path() for group in groups] for name, groups in found.items()}

    attributes = {
        name: [(group.path(), value) for group, value in found]
        for name, found in record.attributes.items()
    }
    return [
        record.syntax, _told(record.root), paths(record.holders), paths(record.named),
        record.repeated, attributes, record.long_amounts(),
    ]  # fmt: skip


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_it_reads_what_the_parser_reads(syntax: str) -> None:
    cut_at_once = 0
    for data in _broken(syntax, seed=7, count=300):
        parser = etree.XMLParser(remove_comments=True)
        slowly, quickly = read(etree.fromstring(data, parser)), moulds.learnt(data)
        assert slowly is not None
        if quickly is not None:
            assert _all_of(quickly) == _all_of(slowly), data
            quickly.release()
            cut_at_once += 1
    assert cut_at_once > 250


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_what_was_read_before_is_filled_again(syntax: str) -> None:
    """Every mould holds the words of its document, and none when the document is done with it."""
    moulds.forget()
    files = list(_broken(syntax, seed=13, count=150))
    for data in files:
        record = moulds.learnt(data)
        if record is not None:
            record.release()
    filled = 0
    for data in files:
        first, second = moulds.recalled(_reworded(data)), moulds.recalled(_reworded(data))
        if first is None or second is None:
            continue
        slowly = read(etree.fromstring(_reworded(data)))
        assert slowly is not None
        assert _all_of(first) == _all_of(second) == _all_of(slowly), data
        assert ("Reworded" in str(_told(first.root))) is (b"Reworded" in _reworded(data))
        root = first.root
        for record in (first, second):
            record.release()
        assert "Reworded" not in str(_told(root))
        filled += 1
    assert filled > 60


def _reworded(data: bytes) -> bytes:
    """With other words, which change no shape."""
    return re.sub(
        rb">([^<>]*[a-z]{4}[^<>]*)</(cbc:Name|ram:Name)>", rb">Reworded &amp; \1</\2>", data
    )


@pytest.mark.parametrize(
    "change",
    [
        (b"<cbc:ID>", b"<cbc:ID><![CDATA[1]]>"),
        (b"<cbc:Note>", b'<cbc:Note xmlns:a="urn:a">'),
        (b"<cbc:Note>", b"<cbc:Note>&#8364;"),
        (b"<cbc:Note>", b'<cbc:Note xml:lang="fr">'),
        (b"UTF-8", b"ISO-8859-1"),
        (b'"UTF-8"?>', b'"UTF-8"?><?style a?>'),
        (b"</Invoice>", b"<cac:InvoiceLine/></Invoice>"),
    ],
)
def test_what_is_hard_to_cut_is_judged_all_the_same(change: tuple[bytes, bytes]) -> None:
    plain = ubl.write(document=SAMPLES["invoice-two-rates"]())
    data = plain.replace(*change)
    assert data != plain
    parsed = read(etree.fromstring(data, etree.XMLParser(remove_pis=True)))
    assert parsed is not None
    found = moulds.learnt(data)
    assert found is None or _all_of(found) == _all_of(parsed)
    assert _verdict(data, "en16931") == sorted(
        (breach.rule.id, breach.path, breach.why)
        for breach in native.breaches(parsed, native.chosen(parsed, "en16931"))
    )


def _verdict(data: bytes, profile: str) -> list[tuple[str, str, str]]:
    found = native._whole(data, profile)[2]
    return sorted((breach.rule.id, breach.path, breach.why) for breach in found)


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_what_was_judged_before_changes_no_verdict(syntax: str) -> None:
    """Judged with what many other documents left behind, and with nothing to remember."""
    profiles = [pack.id for pack in packs() if pack.syntax == syntax]
    long = (ubl if syntax == "ubl" else cii).write(document=many_lines(7))
    files = [*_broken(syntax, seed=11, count=200), long]
    with_memory: list[list[tuple[str, str, str]]] = []
    for _ in range(2):  # the second time everything was seen
        with_memory = [
            _verdict(data, profiles[number % len(profiles)]) for number, data in enumerate(files)
        ]
    assert any(pack.memory.shapes for pack in packs() if pack.syntax == syntax)
    for number, (data, verdict) in enumerate(zip(files, with_memory, strict=True)):
        for pack in packs():
            pack.memory.forget()
        assert _verdict(data, profiles[number % len(profiles)]) == verdict, data
