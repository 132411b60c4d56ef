"""QR codes: the mask with the fewest faults, and squares that a scanner reads."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import product

import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from segno.helpers import make_epc_qr

from acquit.core.codecs.pdf.codes import epc_qr
from acquit.core.codecs.pdf.squares import best_square
from acquit.core.money import Money


def under(data: bytes, error: str, mask: int) -> list[str]:
    code = segno.make_qr(data, error=error, boost_error=False, mask=mask)
    return ["".join(map(str, row)) for row in code.matrix]


def faults(rows: list[str]) -> int:
    """The points of the standard's four features, module by module."""
    side = len(rows)
    columns = ["".join(column) for column in zip(*rows, strict=True)]
    points = 0
    for line in [*rows, *columns]:
        points += sum(len(run[0]) - 2 for run in re.finditer("0{5,}|1{5,}", line))
        padded = "0000" + line + "0000"
        points += 40 * len(re.findall("(?=1011101)(?:(?<=0000)|(?=10111010000))", padded))
    for y, x in product(range(side - 1), repeat=2):
        points += 3 * (len({rows[y][x], rows[y][x + 1], rows[y + 1][x], rows[y + 1][x + 1]}) == 1)
    return points + 10 * int(abs("".join(rows).count("1") * 100 / side**2 - 50) / 5)


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=1, max_size=250), st.sampled_from("lmqh"))
def test_no_mask_has_fewer_faults(data: bytes, error: str) -> None:
    squares = [under(data, error, mask) for mask in range(8)]
    found = [faults(square) for square in squares]
    assert best_square(data, error=error, version_max=40) == squares[found.index(min(found))]


@pytest.mark.parametrize("amount", ["0.01", "12", "1842.30", "999999999.99"])
@pytest.mark.parametrize("bic", [None, "AGRIFRPP"])
@pytest.mark.parametrize("remittance", ["F-2026-0042 ", "RF18539007547034", "Șoseaua " * 17])
def test_what_is_said_is_what_another_implementation_says(
    amount: str, bic: str | None, remittance: str
) -> None:
    iban = "FR1420041010050500013M02606"
    is_rf = remittance.startswith("RF")
    other = make_epc_qr(
        name="Atelier Lumière", iban=iban, amount=Decimal(amount), bic=bic, encoding="utf-8",
        reference=remittance if is_rf else None, text=None if is_rf else remittance,
    )  # fmt: skip
    svg = epc_qr(
        amount=Money.of(amount, "EUR"), iban=iban, bic=bic, name="Atelier Lumière",
        remittance=remittance,
    )  # fmt: skip
    assert svg is not None
    assert scanned(drawn(svg)) == scanned([bytes(row) for row in other.matrix])


def drawn(svg: str) -> list[bytes]:
    """The modules again that the strokes of a picture go through."""
    side = int(svg.partition('viewBox="0 0 ')[2].split()[0])
    rows = [bytearray(side) for _ in range(side)]
    for x, y, width in re.findall(r"M(\d+) (\d+)\.5h(\d+)", svg):
        rows[int(y)][int(x) : int(x) + int(width)] = bytes([1]) * int(width)
    return [bytes(row) for row in rows]


def scanned(rows: list[bytes]) -> str:
    square = Image.frombytes("L", (len(rows), len(rows)), b"".join(rows))
    picture = ImageOps.expand(square.point(lambda dark: 0 if dark else 255), 4, fill=255)
    (code,) = zxingcpp.read_barcodes(picture.resize((picture.width * 4, picture.height * 4)))
    return code.text
