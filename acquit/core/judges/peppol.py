"""Peppol BIS Billing 3.0.21 (rules of May 2026): what the network asks beyond EN 16931, in UBL.

Source: OpenPeppol, ``PEPPOL-EN16931-UBL`` of 2026.5, binding from 17 August 2026. The rules inside
it for single countries and for numbers of identifiers are in ``peppol_national``. XRechnung takes
over some of these, in UBL as they are and in CII as ``in_cii`` says them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from acquit.core.judges.cii import empty as empty_elements
from acquit.core.judges.codes import MEDIA_TYPES, codes
from acquit.core.judges.record import Group, Record, attribute, text_of
from acquit.core.judges.registry import Breach, Rule, Test
from acquit.core.judges.steps import (
    Path,
    a_date,
    coded,
    first,
    groups,
    of_values,
    there,
    with_scheme,
)
from acquit.core.judges.values import ZERO, cents, day, decimal, spaced

SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
PROCESSES = frozenset(
    (
        PROCESS,
        "urn:peppol:france:billing:regulated",
        "urn:peppol:france:billing:non-regulated",
        "urn:peppol:bis:billing_with_response",
    )
)
INVOICE_CODES = frozenset(
    (
        "71 80 82 84 102 218 219 326 331 380 382 383 384 386 388 393 395 553 575 623 780 817 870 "
        "875 876 877"
    ).split()
)
CREDIT_CODES = frozenset(("381", "396", "81", "83", "532"))
ADDRESS_SCHEMES = frozenset(
    (
        "0002 0007 0009 0060 0088 0096 0097 0106 0130 0135 0142 0151 0183 0184 0188 0190 0191 0192 "
        "0195 0196 0198 0199 0200 0201 0204 0208 0209 0210 0211 0216 0218 0221 0225 0230 0235 0240 "
        "0242 0244 0245 0246 0248 9910 9913 9914 9915 9918 9919 9920 9922 9923 9924 9925 9926 9927 "
        "9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 9945 "
        "9946 9947 9948 9949 9950 9951 9952 9953 9957 9959"
    ).split()
)
# The rules that XRechnung takes over.
IN_XRECHNUNG = frozenset(
    f"PEPPOL-EN16931-R{number}"
    for number in (
        "001 005 010 020 040 041 042 043 044 046 053 054 055 061 101 110 111 120 121 130"
    ).split()
)
_LINES = ("InvoiceLine", "CreditNoteLine")
_SLACK, _FORINT_SLACK = Decimal("0.02"), Decimal("0.5")
_CII_CURRENCY = (
    "SupplyChainTradeTransaction", "ApplicableHeaderTradeSettlement", "InvoiceCurrencyCode"
)  # fmt: skip
_AMOUNTS = (
    "Amount", "BaseAmount", "PriceAmount", "TaxAmount", "TaxableAmount", "LineExtensionAmount",
    "TaxExclusiveAmount", "TaxInclusiveAmount", "AllowanceTotalAmount", "ChargeTotalAmount",
    "PrepaidAmount", "PayableRoundingAmount", "PayableAmount",
)  # fmt: skip
_EXEMPTIONS = (
    ("0104", "VATEX-EU-G", "G"),
    ("0105", "VATEX-EU-O", "O"),
    ("0106", "VATEX-EU-IC", "K"),
    ("0107", "VATEX-EU-AE", "AE"),
    ("0108", "VATEX-EU-D", "E"),
    ("0109", "VATEX-EU-F", "E"),
    ("0110", "VATEX-EU-I", "E"),
    ("0111", "VATEX-EU-J", "E"),
)
EMPTY = Rule("PEPPOL-EN16931-R008")


def no_empty(record: Record, parts: Sequence[Group]) -> Iterable[Breach]:
    """PEPPOL-EN16931-R008: nothing stands there without content."""
    for top in parts[:1] if parts[0] is record.root else parts:
        for breach in empty_elements(top):
            # XRechnung allows the one group that CII always has to have.
            if not breach.path.endswith("/ApplicableHeaderTradeDelivery"):
                yield Breach(EMPTY, breach.path)


def country(record: Record, party: str) -> str:
    """The country of the postal address of the seller or of the buyer."""
    key = ("country", party)
    found: str | None = record.kept.get(key)
    if found is None:
        path = (party, "Party", "PostalAddress", "Country", "IdentificationCode")
        found = record.kept[key] = first(record.root, *path).upper()
    return found


def both_german(record: Record) -> bool:
    return {country(record, f"Accounting{side}Party") for side in ("Supplier", "Customer")} == {
        "DE"
    }


def _currency(record: Record) -> list[str]:
    return record.root.values("DocumentCurrencyCode")


def optional(group: Group, *path: str, otherwise: int = 0) -> Decimal:
    text = group.one(*path)
    return Decimal(otherwise) if text is None else decimal(text)


Slack = Callable[[Record], Decimal]


def _two_cents(_: Record) -> Decimal:
    return _SLACK


def german_slack(record: Record) -> Decimal:
    """How far sums may be off in XRechnung: in forints (BT-5) more, for they have no cents."""
    codes_ = _currency(record) or record.root.values(*_CII_CURRENCY)
    return _FORINT_SLACK if "HUF" in codes_ else _SLACK


def near(left: Decimal, right: Decimal, slack: Decimal) -> bool:
    return abs(left - right) <= slack


def _document() -> list[Rule]:
    def notes(group: Group, record: Record) -> bool:
        return len(group.get("Note", ())) <= 1 or both_german(record)

    def specified(group: Group, _: Record) -> bool:
        found = first(group, "CustomizationID")
        return found.startswith(SPECIFICATION) and "::" not in found

    def broken_down(group: Group, _: Record) -> bool:
        return sum("TaxSubtotal" in total for total in group.groups("TaxTotal")) == 1

    def accounting(group: Group, _: Record) -> bool:
        alone = sum("TaxSubtotal" not in total for total in group.groups("TaxTotal"))
        return alone == (1 if "TaxCurrencyCode" in group else 0)

    def signs(group: Group, _: Record) -> bool:
        if "TaxCurrencyCode" not in group:
            return True
        found: dict[str, list[Decimal]] = {}
        for total in group.groups("TaxTotal"):
            for value in total.get("TaxAmount", ()):
                key = attribute(value, "currencyID") or ""
                found.setdefault(key, []).append(decimal(text_of(value)))
        own = found.get(first(group, "DocumentCurrencyCode"), [])
        other = found.get(first(group, "TaxCurrencyCode"), [])
        return (any(a <= 0 for a in own) and any(b <= 0 for b in other)) or (
            any(a >= 0 for a in own) and any(b >= 0 for b in other)
        )

    def projects(group: Group, record: Record) -> bool:
        found = groups(group, ("AdditionalDocumentReference",))
        return record.root.name != "CreditNote" or (
            sum("50" in document.values("DocumentTypeCode") for document in found) <= 1
        )

    def other_currency(value: Group | str, holder: Group, _: Record) -> bool:
        return spaced(text_of(value)) != first(holder, "DocumentCurrencyCode")

    def has(*path: str) -> Test:
        return lambda group, _: group.has(*path)

    parties = ("AccountingCustomerParty", "AccountingSupplierParty")
    return [
        _rule("R001", has("ProfileID"), "BT-23", text="missing"),
        _rule("R007", lambda g, _: first(g, "ProfileID") in PROCESSES, "BT-23", text="value",
              value=PROCESS),
        _rule("R002", notes, "BG-1"),
        _rule("R003", lambda g, _: "BuyerReference" in g or g.has("OrderReference", "ID"),
              "BT-10", "BT-13", "BG-0", text="either"),
        _rule("R004", specified, "BT-24", text="value", value=SPECIFICATION),
        of_values("PEPPOL-EN16931-R005", ("TaxCurrencyCode",), other_currency, "BT-6", "BT-5"),
        _rule("R010", has("EndpointID"), "BT-49", "BG-7", text="missing",
              at_path=(parties[0], "Party")),
        _rule("R020", has("EndpointID"), "BT-34", "BG-4", text="missing",
              at_path=(parties[1], "Party")),
        _rule("R053", broken_down, "BG-23"),
        _rule("R054", accounting, "BT-111", "BT-6"),
        _rule("R055", signs, "BT-111", "BT-110"),
        _rule("R080", projects, "BT-11", text="once-term"),
    ]  # fmt: skip


def _rule(number: str, test: Test, *terms: str, text: str = "", at_path: Path = (),
          when: Test | None = None, value: str = "") -> Rule:  # fmt: skip
    where = there(at_path) if at_path else None
    facts = {"value": value} if value else {}
    return Rule(f"PEPPOL-EN16931-{number}", test, when=when, terms=terms, text=text, facts=facts,
                where=where)  # fmt: skip


def _charges(record: Record) -> list[Group]:
    root = record.root
    return [*root.groups("AllowanceCharge"), *groups(root, (_LINES, "AllowanceCharge"))]


def _allowances(slack: Slack) -> list[Rule]:
    factor, base = "MultiplierFactorNumeric", "BaseAmount"

    def computed(group: Group, record: Record) -> bool:
        if factor not in group or base not in group:
            return True
        share = decimal(group.one(base) or "") * decimal(group.one(factor) or "") / 100
        return near(optional(group, "Amount"), share, slack(record))

    def signed(group: Group, _: Record) -> bool:
        # The publication asks this only where R041 and R042 found nothing.
        halves = (factor in group) is not (base in group)
        return halves or first(group, "ChargeIndicator") in ("true", "false")

    def net(group: Group, _: Record) -> bool:
        assert group.parent is not None
        if base not in group:
            return True
        price = decimal(group.parent.one("PriceAmount") or "")
        return price == decimal(group.one(base) or "") - decimal(group.one("Amount") or "")

    price = there((_LINES, "Price", "AllowanceCharge"))
    terms = ("BG-20", "BG-21", "BG-27", "BG-28")
    rows = (
        ("R040", computed, ("BT-92", "BT-93", "BT-94"), "", _charges),
        ("R041", lambda g, _: factor not in g or base in g, ("BT-93", "BT-94"), "needs-too",
         _charges),
        ("R042", lambda g, _: base not in g or factor in g, ("BT-94", "BT-93"), "needs-too",
         _charges),
        ("R043", signed, terms, "", _charges),
        ("R044", lambda g, _: first(g, "ChargeIndicator") == "false", ("BT-147",), "", price),
        ("R046", net, ("BT-146", "BT-148", "BT-147"), "", price),
    )  # fmt: skip
    return [
        Rule(f"PEPPOL-EN16931-{number}", test, terms=about, text=text, where=where)
        for number, test, about, text, where in rows
    ]


def _lines(slack: Slack) -> list[Rule]:
    def net(group: Group, record: Record) -> bool:
        name = "InvoicedQuantity" if record.root.name == "Invoice" else "CreditedQuantity"
        base = optional(group, "Price", "BaseQuantity", otherwise=1) or Decimal(1)
        price = optional(group, "Price", "PriceAmount") / base
        total = optional(group, name, otherwise=1) * price
        for charge in group.groups("AllowanceCharge"):
            sign = {"true": 1, "false": -1}.get(first(charge, "ChargeIndicator"), 0)
            total += sign * cents(sum((decimal(v) for v in charge.values("Amount")), ZERO))
        return near(optional(group, "LineExtensionAmount"), total, slack(record))

    def positive(group: Group, _: Record) -> bool:
        return (
            not group.has("Price", "BaseQuantity") or optional(group, "Price", "BaseQuantity") > 0
        )

    def object_only(group: Group, _: Record) -> bool:
        found = group.values("DocumentReference", "DocumentTypeCode")
        return "DocumentReference" not in group or "130" in found

    def same_unit(group: Group, record: Record) -> bool:
        name = "InvoicedQuantity" if record.root.name == "Invoice" else "CreditedQuantity"
        assert group.parent is not None
        wanted = [attribute(v, "unitCode") for v in group.parent.get(name, ())]
        units = [attribute(v, "unitCode") for v in group.get("BaseQuantity", ())]
        given = [unit for unit in units if unit is not None]
        return not wanted or all(unit in wanted for unit in given)

    def within(name: str, later: bool) -> Test:
        def test(group: Group, record: Record) -> bool:
            whole = record.root.values("InvoicePeriod", name)
            if not whole or name not in group:
                return True
            mine, limit = day(group.one(name) or ""), day(whole[0])
            return mine >= limit if later else mine <= limit

        return test

    period: Path = (_LINES, "InvoicePeriod")
    line: Path = (_LINES,)
    return [
        _rule("R100", lambda g, _: len(g.get("DocumentReference", ())) <= 1, "BT-128",
              text="once-term", at_path=line),
        _rule("R101", object_only, "BT-128", at_path=line),
        _rule("R110", within("StartDate", True), "BT-134", "BT-73", text="period-within",
              at_path=period),
        _rule("R111", within("EndDate", False), "BT-135", "BT-74", text="period-within",
              at_path=period),
        _rule("R120", net, "BT-131", "BT-129", "BT-146", at_path=line),
        _rule("R121", positive, "BT-149", text="positive", at_path=line),
        _rule("R130", same_unit, "BT-150", "BT-130", at_path=(_LINES, "Price")),
    ]  # fmt: skip


def _values() -> list[Rule]:
    def known(value: Group | str, holder: Group, _: Record) -> bool:
        return attribute(value, "currencyID") in codes("currencies")

    def same(value: Group | str, holder: Group, record: Record) -> bool:
        # The total of VAT in the accounting currency (BT-111) stands in a total of its own.
        apart = holder.name == "TaxTotal" and "TaxSubtotal" not in holder
        return apart or attribute(value, "currencyID") in _currency(record)

    def mime(value: Group | str, _: Group, __: Record) -> bool:
        found = attribute(value, "mimeCode")
        return found is None or found in MEDIA_TYPES

    def sign(wanted: str) -> Test:
        return lambda group, _: wanted in group.values("ChargeIndicator")

    def address(value: Group | str, holder: Group, record: Record) -> bool:
        unknown = attribute(value, "schemeID") is None
        return unknown or with_scheme(ADDRESS_SCHEMES)(value, holder, record)

    def mandate(group: Group, _: Record) -> bool:
        return group.has("PaymentMandate", "ID")

    def direct_debit(group: Group, _: Record) -> bool:
        return first(group, "PaymentMeansCode") in ("49", "59")

    reason = ("*", "AllowanceCharge", "AllowanceChargeReasonCode")
    allowed = codes("allowance_reasons") & _UNCL5189
    name = "PEPPOL-EN16931-"
    dates = ("IssueDate", "DueDate", "TaxPointDate", "StartDate", "EndDate", "ActualDeliveryDate")
    return [
        _rule("R061", mandate, "BT-89", text="missing", when=direct_debit,
              at_path=("PaymentMeans",)),
        of_values(f"{name}R051", ("*", _AMOUNTS), same, "BT-5"),
        of_values(f"{name}CL001", ("*", "EmbeddedDocumentBinaryObject"), mime, "BT-125",
                  text="media"),
        coded(f"{name}CL002", reason, allowed, "BT-98", "BT-140", when=sign("false")),
        coded(f"{name}CL003", reason, codes("charge_reasons"), "BT-105", "BT-145",
              when=sign("true")),
        coded(f"{name}CL006", ("*", "InvoicePeriod", "DescriptionCode"),
              frozenset(("3", "35", "432")), "BT-8"),
        of_values(f"{name}CL007", ("*", _AMOUNTS), known, "BT-5"),
        of_values(f"{name}CL008", ("*", "EndpointID"), address, "BT-34", "BT-49",
                  text="scheme-list"),
        of_values(f"{name}F001", ("*", dates), a_date, "BT-2", text="date-here"),
    ]  # fmt: skip


_UNCL5189 = frozenset("41 42 60 62 63 64 65 66 67 68 70 71 88 95 100 102 103 104 105".split())


def _types() -> list[Rule]:
    def by_process(group: Group, record: Record) -> bool:
        return first(record.root, "ProfileID") in PROCESSES

    def german_only(value: Group | str, _: Group, record: Record) -> bool:
        return spaced(text_of(value)) not in ("326", "384") or both_german(record)

    def category(code: str, wanted: str) -> Test:
        def test(group: Group, _: Record) -> bool:
            told = [value.upper() for value in group.values("TaxExemptionReasonCode")]
            return code not in told or first(group, "ID") == wanted

        return test

    name = "PEPPOL-EN16931-P"
    return [
        coded(f"{name}0100", ("*", "InvoiceTypeCode"), INVOICE_CODES, "BT-3", when=by_process),
        coded(f"{name}0101", ("*", "CreditNoteTypeCode"), CREDIT_CODES, "BT-3", when=by_process),
        of_values(f"{name}0112", ("*", "InvoiceTypeCode"), german_only, "BT-3"),
        *(
            Rule(f"{name}{number}", category(code, wanted), ("TaxCategory",),
                 terms=("BT-118", "BT-121"), text="exemption-category",
                 facts={"codes": code, "value": wanted})
            for number, code, wanted in _EXEMPTIONS
        ),
    ]  # fmt: skip


def rules(slack: Slack = _two_cents) -> list[Rule]:
    return [*_document(), *_allowances(slack), *_lines(slack), *_values(), *_types()]


def in_ubl() -> list[Rule]:
    """What XRechnung takes over in UBL."""
    return [rule for rule in rules(german_slack) if rule.id in IN_XRECHNUNG]
