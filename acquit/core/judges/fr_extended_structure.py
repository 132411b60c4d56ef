"""What EXTENDED-CTC-FR leaves out of CII (CII-SR-*, CII-DT-*): mostly by table, most are warnings.

``ctc_structure.txt`` says of each place what does not stand there, or once at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files

from acquit.core.faults import Severity
from acquit.core.judges.cii import AGREEMENT, DELIVERY, LINE, SETTLEMENT, TRANSACTION
from acquit.core.judges.fx_extended import day
from acquit.core.judges.record import COMMON, Group, Record, attribute, place
from acquit.core.judges.registry import Breach, Idle, Rule, Test, Where
from acquit.core.judges.steps import at
from acquit.core.judges.values import boolean

_ENDING = re.compile(r"//(?:ram:)?\*\[ends-with\(name\(\), '(\w+)'\)( and not \(self::(\w+)\))?\]")
_WARNING, _FATAL = Severity.WARNING, Severity.FATAL
_AGREED = (TRANSACTION, LINE, "SpecifiedLineTradeAgreement")
_PRODUCT = (TRANSACTION, LINE, "SpecifiedTradeProduct")


def _stands(group: Group, steps: tuple[str, ...]) -> int:
    """How often something stands at the end of the path; the last step may be an attribute."""
    *above, last = steps
    if not last.startswith("@"):
        return sum(len(holder.get(last, ())) for holder in group.down(*above))
    if not above:
        return int(last[1:] in group.attributes)
    found = (value for holder in group.down(*above[:-1]) for value in holder.get(above[-1], ()))
    return sum(attribute(value, last[1:]) is not None for value in found)


@cache
def _rows() -> tuple[tuple[str, Severity, str, str, str], ...]:
    text = files("acquit.core.judges").joinpath("data/ctc_structure.txt").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return tuple((rule, Severity(flag), *rest) for rule, flag, *rest in rows)  # type: ignore[misc]


def _test(kind: str, steps: tuple[str, ...]) -> Test:
    if kind == "no":
        return lambda group, _: not _stands(group, steps)
    if kind == "once":
        return lambda group, _: _stands(group, steps) <= 1
    return lambda group, _: _stands(group, steps) == 1


def _idle(kind: str, steps: tuple[str, ...]) -> Idle | None:
    last = steps[-1]
    if kind == "one" or last[1:] in COMMON:
        return None
    if last.startswith("@"):
        return lambda outline: last[1:] not in outline.attributes
    return lambda outline: last not in outline.names


def _ending(name: str) -> Where:
    return lambda record: [
        group for known in record.named if known.endswith(name) for group in record.named[known]
    ]


def _rule(row: tuple[str, Severity, str, str, str]) -> Rule:
    number, severity, context, kind, path = row
    steps = tuple(path.split("/"))
    texts = {"no": "unused-cii", "once": "once", "one": "exactly-once"}
    on: tuple[str, ...] = ()
    when, where = None, None
    if match := _ENDING.fullmatch(context):
        where, context = _ending(match[1]), f"*{match[1]}"
    elif context.startswith("//"):
        *above, last = context[2:].split("/")
        on, when = (last,), _below(tuple(above))
    elif "/" in context[1:]:
        names = tuple(context[1:].split("/")[1:])
        on, when = (names[-1],), at(*names)
    facts = {"name": path, "path": context.removeprefix("/CrossIndustryInvoice/")}
    return Rule(number, _test(kind, steps), on, when, text=texts[kind], severity=severity,
                facts=facts, where=where, idle=_idle(kind, steps),
                by_shape=bool(on or where))  # fmt: skip


def _below(names: tuple[str, ...]) -> Test | None:
    if not names:
        return None
    return lambda group, _: group.parent is not None and group.parent.name == names[-1]


# --- What no table says --------------------------------------------------------------------------


def _terms(group: Group, _: Record) -> bool:
    """Delivery terms are a code and the name of a place."""
    return all(
        set(terms) <= {"DeliveryTypeCode", "RelevantTradeLocation"}
        and all(set(inner) <= {"Name"} for inner in terms.groups("RelevantTradeLocation"))
        for terms in group.groups("ApplicableTradeDeliveryTerms")
    )


def _exchange(group: Group, _: Record) -> bool:
    known = {"SourceCurrencyCode", "TargetCurrencyCode", "ConversionRate", "ConversionRateDateTime"}
    return all(set(one) <= known for one in group.groups("TaxApplicableTradeCurrencyExchange"))


def _discount(group: Group, _: Record) -> bool:
    path = ("GrossPriceProductTradePrice", "AppliedTradeAllowanceCharge")
    said = group.down(*path, "ChargeIndicator")
    amount = group.has(*path, "ActualAmount")
    allowed = any(boolean(v) is False for one in said for v in one.values("Indicator"))
    return (allowed and amount) or (not group.has(*path, "ChargeIndicator") and not amount)


def _one_number(party: str) -> Test:
    return lambda group, _: not (group.has(party, "ID") and group.has(party, "GlobalID"))


def _one_object(group: Group, _: Record) -> bool:
    found = group.groups("AdditionalReferencedDocument")
    return sum("50" in document.values("TypeCode") for document in found) <= 1


def _same_tax_point(_: Group, record: Record) -> bool:
    return len(set(record.values("DueDateTypeCode", under="ApplicableTradeTax"))) <= 1


def _schemed(group: Group, _: Record) -> bool:
    return "GlobalID" not in group or bool(_stands(group, ("GlobalID", "@schemeID")))


def _origin(group: Group, _: Record) -> bool:
    return "OriginTradeCountry" not in group or _stands(group, ("OriginTradeCountry", "ID")) == 1


def _only_in(name: str, *kinds: str, others: tuple[str, ...] = ()) -> Test:
    """Only additional documents of these types have it, and these other documents."""

    def test(group: Group, _: Record) -> bool:
        if name not in group or group.name in others:
            return True
        types = group.values("TypeCode")
        return group.name == "AdditionalReferencedDocument" and any(t in kinds for t in types)

    return test


def _in_header(name: str) -> Test:
    def test(group: Group, _: Record) -> bool:
        above: Group | None = group
        while above is not None and above.name != SETTLEMENT[-1]:
            above = above.parent
        return name not in group or above is not None

    return test


def _vat(group: Group, _: Record) -> bool:
    return "TypeCode" not in group or "VAT" in group.values("TypeCode")


def _others() -> list[Rule]:
    dated = ("Invoice", "Contract", "BuyerOrder", "DespatchAdvice")
    documents = tuple(f"{kind}ReferencedDocument" for kind in dated)
    placed: tuple[tuple[str, Severity, tuple[str, ...], Test, str], ...] = (
        ("CII-SR-046", _FATAL, _PRODUCT, _schemed, "GlobalID"),
        ("CII-SR-090", _FATAL, _PRODUCT, _origin, "OriginTradeCountry"),
        ("CII-FREXT-SR-106", _WARNING, _AGREED, _terms, "ApplicableTradeDeliveryTerms"),
        ("CII-SR-119", _WARNING, _AGREED, _discount, "AppliedTradeAllowanceCharge"),
        ("CII-FREXT-SR-293", _WARNING, AGREEMENT, _terms, "ApplicableTradeDeliveryTerms"),
        ("CII-SR-450", _WARNING, AGREEMENT, _one_number("BuyerTradeParty"), "BuyerTradeParty/ID"),
        ("CII-SR-457", _WARNING, AGREEMENT, _one_object, "AdditionalReferencedDocument"),
        ("CII-SR-449", _WARNING, DELIVERY, _one_number("ShipToTradeParty"), "ShipToTradeParty/ID"),
        ("CII-SR-451", _WARNING, SETTLEMENT, _one_number("PayeeTradeParty"), "PayeeTradeParty/ID"),
        ("CII-FREXT-SR-366", _WARNING, SETTLEMENT, _exchange, "TaxApplicableTradeCurrencyExchange"),
        ("CII-SR-462", _FATAL, SETTLEMENT, _same_tax_point, "DueDateTypeCode"),
    )  # fmt: skip
    lenient = ("CII-DT-041", "CII-DT-054")
    ended: tuple[tuple[str, str, Test, str], ...] = (
        ("CII-DT-015", "ReferencedDocument", _only_in("URIID", "916"), "URIID"),
        ("CII-EXT-DT-018", "ReferencedDocument",
         _only_in("TypeCode", "50", "130", "916", others=documents[:1]), "TypeCode"),
        ("CII-DT-021", "ReferencedDocument", _only_in("Name", "916"), "Name"),
        ("CII-DT-022", "ReferencedDocument", _only_in("AttachmentBinaryObject", "916"),
         "AttachmentBinaryObject"),
        ("CII-FREXT-DT-024", "ReferencedDocument",
         _only_in("ReferenceTypeCode", "130", others=documents[1:2]), "ReferenceTypeCode"),
        ("CII-FREXTDT-027", "ReferencedDocument",
         _only_in("FormattedIssueDateTime", others=documents), "FormattedIssueDateTime"),
        ("CII-DT-037", "TradeTax", _vat, "TypeCode"),
        ("CII-DT-041", "TradeTax", _in_header("BasisAmount"), "BasisAmount"),
        ("CII-DT-054", "TradeTax", _in_header("TaxPointDate"), "TaxPointDate"),
    )  # fmt: skip
    return [
        *(Rule(number, test, (path[-1],), at(*path), text="unused-cii", severity=flag,
               facts={"name": name, "path": "/".join(path)})
          for number, flag, path, test, name in placed),
        *(Rule(number, test, where=_ending(end), text="unused-cii",
               severity=_WARNING if number in lenient else _FATAL,
               facts={"name": name, "path": end}) for number, end, test, name in ended),
        Rule("CII-DT-097", None, (), None, ("DateTimeString",), day, text="date-102"),
    ]  # fmt: skip


# --- Attributes of values ------------------------------------------------------------------------

_ASKED = "CII-DT-033"


def _values(record: Record, context: str) -> Iterable[tuple[Group, str]]:
    """The groups that hold such values, and the names of the values."""
    if match := _ENDING.fullmatch(context):
        named = _exactly()
        for name, holders in record.holders.items():
            if name.endswith(match[1]) and name != match[3]:
                for holder in holders:
                    # Of some identifiers another rule is asked in place of the general one.
                    if match[1] != "ID" or not any(ask(holder, name, record) for ask in named):
                        yield holder, name
        return
    for one in context.split(" | "):
        *above, name = one.strip("/").split("/")
        asked = at(*above[1:]) if above else None
        for holder in record.holders.get(name, ()):
            if asked is None or asked(holder, record):
                yield holder, name


@cache
def _exactly() -> tuple[Callable[[Group, str, Record], bool], ...]:
    """Which identifiers a place of the table names."""
    contexts = {row[2] for row in _rows() if " | " in row[2]}
    return tuple(_at_place(one) for context in contexts for one in context.split(" | "))


def _at_place(context: str) -> Callable[[Group, str, Record], bool]:
    *above, last = context.strip("/").split("/")
    there = at(*above[1:])
    return lambda holder, name, record: name == last and there(holder, record)


def _in_a_unit(record: Record) -> bool:
    path = (TRANSACTION, LINE, "SpecifiedLineTradeDelivery")
    return any(_stands(group, ("BilledQuantity", "@unitCode")) for group in record.root.down(*path))


def attributes(record: Record) -> Iterable[Breach]:
    """The rows of the table about attributes of values."""
    for rule, context, named in _of_values():
        if named not in COMMON and named not in record.attributes:
            continue
        if rule.id == _ASKED and _in_a_unit(record):
            continue
        for holder, name in _values(record, context):
            for index, value in enumerate(holder[name]):
                if attribute(value, named) is not None:
                    yield Breach(rule, place(holder, name, index))


@cache
def _of_values() -> tuple[tuple[Rule, str, str], ...]:
    found = []
    for number, severity, context, _, path in _rows():
        if _is_of_values(context):
            facts = {"name": path, "path": "*"}
            rule = Rule(number, text="unused-cii", severity=severity, facts=facts)
            found.append((rule, context, path[1:]))
    return tuple(found)


def _is_of_values(context: str) -> bool:
    match = _ENDING.fullmatch(context)
    last = match[1] if match else context.rpartition("/")[2]
    return last.endswith(("ID", "Code", "Amount", "Quantity"))


def rules() -> list[Rule]:
    return [*(_rule(row) for row in _rows() if not _is_of_values(row[2])), *_others()]
