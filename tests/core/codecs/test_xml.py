"""The one door for XML: what is hostile or broken is refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from acquit.core.codecs import cii, ubl, xml
from acquit.core.codecs.xml import NotXml
from acquit.core.judges.official import judge
from tests.core.documents.samples import two_rates

CANARY = "canary-4f2a"


def hostile(canary: Path) -> dict[str, bytes]:
    """One file per trick; each would give away the canary or the memory if it worked."""
    entity = f'<!ENTITY x SYSTEM "file://{canary}">'
    bomb = "".join(f'<!ENTITY b{i} "{f"&b{i - 1};" * 10}">' for i in range(1, 10))
    body = "<Invoice>&x;</Invoice>"
    return {
        "external entity": f"<!DOCTYPE Invoice [{entity}]>{body}".encode(),
        "external dtd": f'<!DOCTYPE Invoice SYSTEM "file://{canary}"><Invoice/>'.encode(),
        "parameter entity": f'<!DOCTYPE a [<!ENTITY % p SYSTEM "file://{canary}">%p;]><a/>'.encode(),
        "entity bomb": f'<!DOCTYPE a [<!ENTITY b0 "ha">{bomb}]><a>&b9;</a>'.encode(),
        "utf-16": f"<!DOCTYPE Invoice [{entity}]>{body}".encode("utf-16"),
        "utf-16 without mark": f"<!DOCTYPE Invoice [{entity}]>{body}".encode("utf-16-le"),
        "utf-32": f"<!DOCTYPE Invoice [{entity}]>{body}".encode("utf-32"),
        "lower case": f"<!doctype Invoice [{entity}]>{body}".encode(),
    }


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "canary.txt"
    path.write_text(CANARY)
    return path


@pytest.mark.parametrize("trick", hostile(Path("x")))
def test_hostile_files_are_refused(trick: str, canary: Path) -> None:
    data = hostile(canary)[trick]
    with pytest.raises(NotXml) as refusal:
        xml.parse(data=data, size_max=xml.BYTES_MAX)
    assert refusal.value.faults[0].code in ("xml.doctype", "xml.syntax")
    for reading in (ubl.read(data=data), cii.read(data=data)):
        assert reading.document is None
        assert CANARY not in str(reading.faults)
    verdict = judge(data)
    assert not verdict.valid
    assert CANARY not in str(verdict)


def test_xinclude_is_not_followed(canary: Path) -> None:
    include = f'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{canary}"/></a>'
    root = xml.parse(data=include.encode(), size_max=1000)
    assert CANARY not in "".join(str(text) for text in root.itertext())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "xml.empty"),
        (b"   \n", "xml.empty"),
        (b"not xml", "xml.syntax"),
        (b"<a><b></a>", "xml.syntax"),
        (b'<?xml version="1.0" encoding="UTF-8"?><a>\xff\xfe</a>', "xml.encoding"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "xml.encoding"),
        (b"<a>\x00</a>", "xml.syntax"),
        (b"<a>" * 150 + b"</a>" * 150, "xml.depth"),
        (b"<a>" * 10_000 + b"</a>" * 10_000, "xml.depth"),
        (b"<a>" + b"x" * 10_000_001 + b"</a>", "xml.size"),
        (b"<a>" + b"x" * 2000 + b"</a>", "xml.size"),
    ],
)
def test_broken_files_say_why(data: bytes, code: str) -> None:
    size_max = 1000 if len(data) == 2007 else xml.BYTES_MAX
    with pytest.raises(NotXml) as refusal:
        xml.parse(data=data, size_max=size_max)
    assert refusal.value.faults[0].code == code
    assert refusal.value.faults[0].message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_and_wide_characters_are_read(encoding: str) -> None:
    text = ubl.write(document=two_rates()).decode().split("\n", 1)[1]
    assert ubl.read(data=text.encode(encoding)).document is not None


def test_a_control_character_is_refused_when_writing() -> None:
    with pytest.raises(NotXml, match=r"U\+0007 after .*bell"):
        xml.encode("<a>bell\x07</a>")


def test_escaping_covers_attributes_and_line_ends() -> None:
    text = 'a & b < c > d "e" \r f'
    root = xml.parse(
        data=f'<a b="{xml.escape(text)}">{xml.escape(text)}</a>'.encode(), size_max=999
    )
    assert (root.text, root.get("b")) == (text, text)


def test_the_path_of_an_element_counts_only_twins() -> None:
    root = xml.parse(data=b"<a><b/><b><c/></b></a>", size_max=999)
    assert xml.path_of(root[1][0]) == "/a/b[2]/c"
