"""Breaks documents: remove, empty, change a code, change an amount, swap, lose an attribute.

Everything follows from a seed, so what a test found can be found again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

_CODES = (
    "", "S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B", "EUR", "RON", "XXX", "FR", "DE", "IT",
    "QQ", "380", "381", "30", "58", "130", "VAT", "C62", "true", "false", "VA", "SEPA", " S ", "95",
    "0088", "2026-02-30", "2020-01-01", "3", "FC",
)  # fmt: skip
_AMOUNTS = ("0", "0.00", "-1", "1.005", "99999999.99", "", "abc", "1e3", "19", "20.5", " 7 ", "+1")
_ATTRIBUTES = (
    ("currencyID", "USD"), ("schemeID", "0088"), ("schemeID", "QQ"), ("listID", "ZZZ"),
    ("schemeName", "x"), ("unitCode", "QQQ"), ("format", "203"), ("schemeID", "VA"), ("name", "x"),
)  # fmt: skip


def mutations(
    documents: list[bytes], *, seed: int, count: int, codes: tuple[str, ...] = ()
) -> Iterator[tuple[str, bytes]]:
    """``count`` broken copies of the documents, each with what was done to it.

    ``codes`` are put in place of others beside those that any document may have.
    """
    dice = random.Random(seed)
    trees = [etree.fromstring(data) for data in documents]
    for number in range(count):
        chosen = number % len(trees)
        root = etree.fromstring(etree.tostring(trees[chosen]))
        done = [mutate(root, dice, (*_CODES, *codes)) for _ in range(dice.choice((1, 1, 1, 2, 3)))]
        # Half of them as they are mostly sent, the others with numbers in place of characters.
        encoding = "UTF-8" if number // len(trees) % 2 else "ASCII"
        yield f"document {chosen}: {'; '.join(done)}", etree.tostring(root, encoding=encoding)


def nudges(data: bytes, *, seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """``count`` copies with one to three amounts that are some cents more or less."""
    dice = random.Random(seed)
    for _ in range(count):
        root = etree.fromstring(data)
        amounts = [e for e in root.iter() if str(e.tag).endswith("Amount") and _is_number(e.text)]
        done = []
        for amount in dice.sample(amounts, dice.choice((1, 1, 2, 3))):
            cents = Decimal(dice.choice((-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6))) / 100
            amount.text = str(Decimal(amount.text or "0") + cents)
            done.append(f"{_name(amount)} = {amount.text}")
        yield "; ".join(done), etree.tostring(root)


def mutate(root: etree._Element, dice: random.Random, codes: tuple[str, ...] = _CODES) -> str:
    """Breaks one thing in the tree; says what."""
    elements = [e for e in root.iter() if isinstance(e.tag, str) and e is not root]
    if not elements:
        return "nothing is left"
    element = dice.choice(elements)
    leaves = [e for e in elements if len(e) == 0]
    leaf = dice.choice(leaves) if leaves else element
    kind = dice.choice(("remove", "empty", "code", "amount", "amount", "swap", "attribute"))
    if kind == "remove":
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
        return f"removed {_name(element)}"
    if kind == "empty":
        for child in list(element):
            element.remove(child)
        element.text = dice.choice((None, "  "))
        return f"emptied {_name(element)}"
    if kind == "attribute":
        return _attribute(dice.choice([e for e in elements if e.attrib] or [leaf]), dice)
    if kind == "swap":
        return _swap(element, leaf, leaves, dice)
    if kind == "code":
        leaf.text = dice.choice(codes)
    else:
        amounts = [e for e in leaves if _is_number(e.text)]
        leaf = dice.choice(amounts) if amounts else leaf
        changed = (*_AMOUNTS, f"{leaf.text}1", f"-{leaf.text}")
        leaf.text = dice.choice(changed)
    return f"{_name(leaf)} = {leaf.text!r}"


def _attribute(element: etree._Element, dice: random.Random) -> str:
    if element.attrib and dice.random() < 0.5:
        name = dice.choice(sorted(str(key) for key in element.attrib))
        del element.attrib[name]
        return f"{_name(element)} lost @{name}"
    name, value = dice.choice(_ATTRIBUTES)
    element.set(name, value)
    return f"{_name(element)} @{name} = {value}"


def _swap(
    element: etree._Element, leaf: etree._Element, leaves: list[etree._Element], dice: random.Random
) -> str:
    """Two values change places, or two neighbours do."""
    if dice.random() < 0.5 and leaves:
        other = dice.choice([e for e in leaves if e.tag == leaf.tag] or leaves)
        leaf.text, other.text = other.text, leaf.text
        return f"swapped {_name(leaf)} with {_name(other)}"
    following = element.getnext()
    if following is not None:
        following.addnext(element)
    return f"moved {_name(element)} behind its neighbour"


def _is_number(text: str | None) -> bool:
    return bool(text) and text is not None and text.replace(".", "", 1).lstrip("-").isdigit()


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)
