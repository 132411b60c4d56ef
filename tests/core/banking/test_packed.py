"""ZIP files of banks: every file inside, and nothing that asks for more than it may."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest

from acquit.core.codecs import packed
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
