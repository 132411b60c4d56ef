"""ZIP files of banks: every file inside, and nothing that asks for more than it may."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Mapping

import pytest

from acquit.core.codecs import packed
from acquit.core.codecs.sheet import is_sheet
from tests.support.spreadsheets import book


def packet(
    files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, locked: bool = False
) -> bytes:
    pipe = io.BytesIO()
    with zipfile.ZipFile(pipe, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    body = pipe.getvalue()
    if locked:  # the flag, in the directory at the end
        at = body.rindex(b"PK\x01\x02") + 8
        body = body[:at] + b"\x01" + body[at + 1 :]
    return body


def test_the_files_inside_by_name() -> None:
    body = packet(
        {"march/2.xml": b"two", "1.sta": b"one", "__MACOSX/._1.sta": b"", ".DS_Store": b""}
    )
    assert packed.sniff(body)
    assert [tuple(one) for one in packed.unpack(body)] == [
        ("1.sta", b"one"),
        ("march/2.xml", b"two"),
    ]


def test_a_spreadsheet_is_no_archive() -> None:
    assert not packed.sniff(book({"Sheet1": [["a", "b"]]}))
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    assert not packed.sniff(packet({"mimetype": kind, "content.xml": b""}, method=0))


def test_any_three_letters_in_what_is_packed_make_no_spreadsheet() -> None:
    stored = packet({"1.sta": b"exl/workbook [Content_Types].xml"}, method=zipfile.ZIP_STORED)
    assert packed.sniff(stored) and not is_sheet(stored)
    sheet = book({"Sheet1": [["a", "b"]]})
    inside = packet({"1.xlsx": sheet}, method=zipfile.ZIP_STORED)
    assert packed.sniff(inside) and not is_sheet(inside)
    assert [one.body for one in packed.unpack(inside)] == [sheet]
    assert is_sheet(sheet) and is_sheet(sheet[: len(sheet) // 2]), "known by its beginning too"


def test_a_directory_without_end_is_not_read() -> None:
    """Each of its entries would cost half a kilobyte before the first can be looked at."""
    entries = 100_000
    directory = (b"PK\x01\x02" + bytes(24) + b"\x01" + bytes(17) + b"a") * entries
    size, start = len(directory).to_bytes(4, "little"), (4).to_bytes(4, "little")
    body = b"PK\x03\x04" + directory + b"PK\x05\x06" + bytes(8) + size + start + bytes(2)
    tracemalloc.start()
    with pytest.raises(packed.CannotUnpack) as refusal:
        list(packed.unpack(body))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refusal.value.fault.code == "packed.many"
    assert most < 1024**2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (packet({"1.xml": bytes(50_000_000)}), "bomb"),
        (packet({f"{at}.xml": b"" for at in range(1_001)}), "many"),
        (packet({"1.xml": b"x"}, locked=True), "locked"),
        (packet({"1.xml": b"x" * 100}, method=zipfile.ZIP_BZIP2), "method"),
        (packet({".hidden": b"x"}), "empty"),
        (packet({"1.xml": b"one two three"})[:-30], "damaged"),
        (packet({"1.xml": b"one two three"}, method=0).replace(b"one two", b"one one"), "damaged"),
    ],
)
def test_what_is_not_opened(body: bytes, code: str) -> None:
    assert packed.sniff(body)
    with pytest.raises(packed.CannotUnpack) as refusal:
        list(packed.unpack(body))
    assert refusal.value.fault.code == f"packed.{code}"
    assert refusal.value.fault.fix


def test_all_files_together_are_bounded() -> None:
    body = packet({"1.xml": b"x" * 600, "2.xml": b"x" * 600})
    assert len(list(packed.unpack(body, bytes_max=1_200))) == 2
    with pytest.raises(packed.CannotUnpack, match="more than"):
        list(packed.unpack(body, bytes_max=1_199))


def test_a_member_that_holds_more_than_it_says_is_not_read() -> None:
    """Its sizes lie, in the directory and before the file."""
    body = packet({"1.xml": b"x" * 5_000_000})
    lie = body.replace((5_000_000).to_bytes(4, "little"), (5_000).to_bytes(4, "little"))
    assert lie != body
    with pytest.raises(packed.CannotUnpack):
        list(packed.unpack(lie))
