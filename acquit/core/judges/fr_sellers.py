"""France: the rules BR-FR-MV-* and BR-FR-BD-* of invoices of several sellers and of two that bill
each other; how their lines stand to each other: ``fr_lines``.

They compare lines, so none may be folded in such a document (``fr_lines.compared``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from acquit.core.judges.fr import SELF_BILLED, frame_of
from acquit.core.judges.fr_lines import (
    CII,
    FRAME,
    MUTUAL,
    OBJECT,
    SEVERAL,
    SUB_INVOICE,
    UBL,
    Form,
    Lines,
    Names,
    lines_of,
    references,
)
from acquit.core.judges.record import Group, Record, text_of
from acquit.core.judges.registry import Rule, ValueTest
from acquit.core.judges.steps import Path, groups, of_values
from acquit.core.judges.values import Unevaluable, decimal, near, spaced

_BOTH = SEVERAL | MUTUAL
_CENT = Decimal("0.01")
# Types of documents that correct others, in which a sub-invoice names the one it corrects.
_CORRECTING = {
    "MV": frozenset(("384", "472", "381", "396", "503")),
    "BD": frozenset(("261", "471", "473", "502")),
}
_Pick = Callable[[Lines], Iterable[Group]]
_Ask = Callable[[Lines, Group], bool]


def rules(syntax: str) -> list[Rule]:
    """All of them for one syntax."""
    form = UBL if syntax == "ubl" else CII
    return [
        *_counted(form), *_identified(form), *_subtypes(form), *_sums(form), *_alike(form),
        *_numbers(form), *_types(form), *_correcting(form),
    ]  # fmt: skip


def _rule(
    form: Form,
    number: str,
    pick: _Pick,
    ask: _Ask,
    *terms: str,
    text: str,
    frames: frozenset[str] = _BOTH,
    facts: Mapping[str, str] | None = None,
) -> Rule:
    """A rule for documents of these frames, asked where ``pick`` says; ``ask`` gets the line."""

    def where(record: Record) -> Iterable[Group]:
        lines = lines_of(form, record)
        return pick(lines) if lines is not None and lines.frame in frames else ()

    def test(group: Group, record: Record) -> bool:
        lines = lines_of(form, record)
        assert lines is not None
        if group.name == "BillingReference" and group.parent is not None:
            group = group.parent
        return ask(lines, group)

    return Rule(f"BR-FR-{number}", test, terms=terms, text=text, where=where, facts=facts or {})


def _base(lines: Lines) -> list[Group]:
    return groups(lines.record.root, lines.form.base)


def _heads(lines: Lines) -> list[Group]:
    return [place.group for place in lines.heads]


def _each(lines: Lines) -> list[Group]:
    return lines.all


def _one(values: list[str]) -> str:
    """``normalize-space`` of what stands there; Unevaluable for two."""
    if len(values) > 1:
        raise Unevaluable(f"{len(values)} values stand where one may")
    return spaced(values[0]) if values else ""


# --- Which lines there are -----------------------------------------------------------------------


def _counted(form: Form) -> list[Rule]:
    """How many sub-invoices there are, and of whom."""

    def of(party: Names) -> _Ask:
        def ask(lines: Lines, _: Group) -> bool:
            told = lines.record.root.values(*party)
            owners = [place.line.values(*form.legal) for place in lines.heads]
            return sum(not set(told).isdisjoint(owner) for owner in owners) == 1

        return ask

    seller = "BT-30" if form is UBL else "BT-31"  # as the publication numbers them
    sub = "EXT-FR-FE-163"
    return [
        _rule(form, f"MV-02_{sub}", _base, lambda lines, _: bool(lines.heads), sub, "BG-25",
              text="heads-some", frames=SEVERAL),
        _rule(form, f"BD-02_{sub}", _base, lambda lines, _: len(lines.heads) == 2, sub, "BG-25",
              text="heads-two", frames=MUTUAL),
        _rule(form, f"BD-02_{seller}", _base, of(form.seller), "BT-30", "EXT-FR-FE-167",
              text="head-of-party", frames=MUTUAL),
        _rule(form, "BD-02_BT-47", _base, of(form.buyer), "BT-47", "EXT-FR-FE-167",
              text="head-of-party", frames=MUTUAL),
    ]  # fmt: skip


def _subtypes(form: Form) -> list[Rule]:
    """Each line tells its subtype; in CII it may be left out, but not be empty."""

    def told(lines: Lines, line: Group) -> bool:
        return bool(_one([kind for place in lines.of_line[id(line)] for kind in place.kinds]))

    number = "MV-01_EXT-FR-FE-163"
    if form is UBL:
        return [_rule(form, number, _each, told, "EXT-FR-FE-163", "BG-25", text="missing")]

    def filled(value: Group | str, _: Group, record: Record) -> bool:
        return lines_of(form, record) is None or bool(spaced(text_of(value)))

    path = (*form.syntax.lines, "AssociatedDocumentLineDocument", "LineStatusReasonCode")
    return [of_values(f"BR-FR-{number}", path, filled, "EXT-FR-FE-163", "BG-25", text="missing")]


# --- What a sub-invoice tells --------------------------------------------------------------------


def _identified(form: Form) -> list[Rule]:
    """Its seller, its VAT, its number and its frame."""

    def taxed(lines: Lines, line: Group) -> bool:
        currencies = lines.record.root.values(*form.currency)
        return bool(_one(lines.amounts(line, currencies)))

    def taxed_in_the_other(lines: Lines, line: Group) -> bool:
        path = (*form.currency[:-1], "TaxCurrencyCode")
        root = lines.record.root
        # UBL looks for the currency anywhere.
        told = list(lines.record.values(path[-1])) if form is UBL else root.values(*path)
        return not told or (any(told) and bool(_one(lines.amounts(line, told))))

    def said(path: Names) -> _Ask:
        return lambda _, line: bool(_one(line.values(*path)))

    asked: tuple[tuple[str, _Ask], ...] = (
        ("164", said(form.name)),
        ("167", said(form.legal)),
        ("177", lambda lines, line: bool(_one(lines.countries(line)))),
        ("181", taxed),
        ("182", taxed_in_the_other),
    )
    return [
        *(
            _rule(form, f"MV-03_EXT-FR-FE-{number}", _heads, ask, f"EXT-FR-FE-{number}", "BG-25",
                  text="missing")
            for number, ask in asked
        ),
        *_objects(form),
    ]  # fmt: skip


def _objects(form: Form) -> list[Rule]:
    """In CII the references of a scheme are asked one by one, where there are any."""

    def referring(scheme: str) -> _Pick:
        if form is UBL:
            return _heads
        return lambda lines: [group for line in _heads(lines) for group in references(line, scheme)]

    def told(lines: Lines, group: Group, scheme: str) -> list[str]:
        if form is UBL:
            return lines.objects(group, scheme)
        return group.values("IssuerAssignedID") if OBJECT in group.values("TypeCode") else []

    def numbered(lines: Lines, group: Group) -> bool:
        return bool(_one(told(lines, group, SUB_INVOICE)))

    def framed(lines: Lines, group: Group) -> bool:
        found = told(lines, group, FRAME)
        return bool(_one(found)) and SEVERAL.isdisjoint(found)

    return [
        _rule(form, f"MV-03_BT-128_{scheme}", referring(scheme), ask, "BT-128", "BG-25", text=text,
              facts={"value": scheme})
        for scheme, ask, text in (
            (SUB_INVOICE, numbered, "sub-invoice"), (FRAME, framed, "sub-invoice-frame")
        )
    ]  # fmt: skip


# --- Sums ----------------------------------------------------------------------------------------


def _sums(form: Form) -> list[Rule]:
    """The amounts of a sub-invoice are those of the lines under it and of its VAT breakdown."""

    def net(lines: Lines, line: Group) -> bool:
        found = lines.under.get(_one(line.values(*form.own)), ())
        counted = [place for place in found if any(kind != "INFORMATION" for kind in place.kinds)]
        below = {id(place.line): place.line for place in counted}.values()
        parts = [amount for each in below for amount in each.values(*form.net)]
        return near(line.one(*form.net), parts, _CENT * len(parts))

    def tax(lines: Lines, line: Group) -> bool:
        mark = f"#{_one(lines.objects(line, SUB_INVOICE))}#"
        root = lines.record.root
        parts = [
            amount
            for group in root.down(*form.breakdown)
            if "VAT" in group.values(*form.category)
            and (group.one(*form.why) or "").startswith(mark)
            for amount in group.values(form.amount)
        ]
        return near(_tax(lines, line), parts, _CENT)

    def gross(lines: Lines, line: Group) -> bool:
        if not line.has(*form.gross):
            return True
        amounts = [line.one(*form.gross), line.one(*form.net), _tax(lines, line)]
        if not spaced(amounts[0] or ""):
            return False
        numbers = [decimal(amount) for amount in amounts if amount is not None]
        own = line.values(*form.own)
        below = {id(place): place for number in own for place in lines.under.get(number, ())}
        count = sum(not {"DETAIL", "GROUP"}.isdisjoint(place.kinds) for place in below.values())
        return len(numbers) == 3 and abs(numbers[0] - numbers[1] - numbers[2]) <= _CENT * count

    asked: tuple[tuple[str, _Ask, tuple[str, ...], str], ...] = (
        ("MV-05_EXT-FR-FE-BG-12", net, ("BT-131", "BG-25"), "head-net"),
        ("MV-09_EXT-FR-FE-181", tax, ("EXT-FR-FE-181", "BT-117"), "head-tax"),
        ("MV-10_EXT-FR-FE-184", gross, ("EXT-FR-FE-184", "EXT-FR-FE-181"), "head-gross"),
    )
    return [
        _rule(form, number, _heads, ask, *terms, text=text) for number, ask, terms, text in asked
    ]


def _tax(lines: Lines, line: Group) -> str | None:
    """The VAT of a line in the currency of the invoice; Unevaluable for two."""
    found = lines.amounts(line, lines.record.root.values(*lines.form.currency))
    if len(found) > 1:
        raise Unevaluable(f"{len(found)} amounts of VAT stand where one may")
    return found[0] if found else None


# --- Lines under each other ----------------------------------------------------------------------


def _alike(form: Form) -> list[Rule]:
    """A line is of the seller and of the sub-invoice that the line above it is of."""

    def as_above(told: Callable[[Lines, Group], list[str]]) -> _Ask:
        def ask(lines: Lines, line: Group) -> bool:
            own = _one(told(lines, line))
            numbers = [number for place in lines.of_line[id(line)] for number in place.above]
            if not numbers:
                return bool(own)
            above = {id(g): g for number in numbers for g in lines.by_number.get(number, ())}
            there = _one([value for group in above.values() for value in told(lines, group)])
            return bool(own) and own == there

        return ask

    def legal(_: Lines, line: Group) -> list[str]:
        return line.values(*form.legal)

    def number(lines: Lines, line: Group) -> list[str]:
        return lines.objects(line, SUB_INVOICE)

    return [
        _rule(form, "MV-06_EXT-FR-FE-167", _each, as_above(legal), "EXT-FR-FE-167",
              "EXT-FR-FE-162", text="as-above"),
        _rule(form, "MV-07_BT-128", _each, as_above(number), "BT-128", "EXT-FR-FE-162",
              text="as-above"),
    ]  # fmt: skip


# --- Numbers of sub-invoices ---------------------------------------------------------------------


def _numbers(form: Form) -> list[Rule]:
    def details(lines: Lines) -> list[Group]:
        places = lines.of_line
        return [
            line for line in lines.all if any("DETAIL" in place.kinds for place in places[id(line)])
        ]

    def explained(lines: Lines, line: Group) -> bool:
        reasons = line.values(*form.reason)
        number = _one(lines.objects(line, SUB_INVOICE))
        return bool(_one(reasons) and number) and reasons[0].startswith(f"#{number}#")

    def of_the_seller(lines: Lines) -> list[Group]:
        """Heads of the one whose invoice the document is."""
        sellers = lines.record.root.values(*form.seller)
        found = []
        for place in lines.heads:
            told = place.line.values(*form.legal)
            if form is UBL:  # its white space counts nothing there, and two are none
                told = [spaced(each) for each in told] if len(told) == 1 else []
            if any(each in sellers for each in told):
                found.append(place)
        return [place.group for place in found]

    def one_is_the_invoice(lines: Lines, line: Group) -> bool:
        """One of them has the number of the invoice itself."""
        own = {id(group): group for group in map(_line_of, of_the_seller(lines))}
        numbered = [lines.objects(group, SUB_INVOICE) for group in own.values()]
        count = sum(not set(lines.numbers).isdisjoint(numbers) for numbers in numbered)
        if count == 1:
            return True
        number = _one(lines.objects(line, SUB_INVOICE))
        if count == 0:
            return number in lines.numbers
        return any(number != invoice for invoice in lines.numbers)

    return [
        _rule(form, "MV-08_BT-128", details, explained, "BT-120", "BT-128", text="sub-reason"),
        _rule(form, "MV-11_BT-128", of_the_seller, one_is_the_invoice, "BT-128", "BT-1",
              text="sub-own"),
        _rule(form, "MV-12_BT-128", _base, lambda lines, _: not lines.repeated(), "BT-128",
              text="sub-twice"),
    ]  # fmt: skip


def _line_of(group: Group) -> Group:
    """The line of a head, which in UBL is told at a reference in it."""
    return group.parent if group.name == "BillingReference" and group.parent else group


# --- The type of the document --------------------------------------------------------------------


def _types(form: Form) -> list[Rule]:
    """Types of self-billed documents go with the frames of two that bill each other alone."""

    def asked(frames: frozenset[str], *, self_billed: bool) -> ValueTest:
        def test(value: Group | str, _: Group, record: Record) -> bool:
            if frame_of(form.syntax, record) not in frames:
                return True
            kind = text_of(value)
            # In CII one rule takes the type as it stands, white space and all.
            exact = form is CII and not self_billed
            listed = (kind if exact else spaced(kind)) in SELF_BILLED
            return bool(spaced(kind)) and listed is self_billed

        return test

    mutual = "BR-FR-MV-BD_BT-3" if form is UBL else "BR-FR-BD-13_BT-3"
    kind: Path = form.syntax.kind
    return [
        of_values("BR-FR-MV-13_BT-3", kind, asked(SEVERAL, self_billed=False), "BT-3", "BT-23",
                  text="type-frame"),
        of_values(mutual, kind, asked(MUTUAL, self_billed=True), "BT-3", "BT-23",
                  text="type-frame"),
    ]  # fmt: skip


def _correcting(form: Form) -> list[Rule]:
    """A sub-invoice that corrects another names it and its day."""

    def heads(family: str) -> _Pick:
        def pick(lines: Lines) -> list[Group]:
            holders = groups(lines.record.root, form.syntax.kind[:-1])
            last = form.syntax.kind[-1]
            kinds = [
                kind
                for holder in holders
                for name in ((last,) if isinstance(last, str) else last)
                for kind in holder.values(name)
            ]
            return [] if _CORRECTING[family].isdisjoint(kinds) else _heads(lines)

        return pick

    def told(which: int) -> _Ask:
        return lambda lines, line: lines.earlier(line)[which]

    return [
        _rule(form, f"{family}-14-EXT-FR-FE-{number}", heads(family), told(which),
              f"EXT-FR-FE-{number}", "BG-25", text="missing", frames=frames)
        for family, frames in (("MV", SEVERAL), ("BD", MUTUAL))
        for which, number in enumerate(("136", "138"))
    ]  # fmt: skip
