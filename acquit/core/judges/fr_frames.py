"""France: the frame of an invoice (cadre de facturation, BT-23) and what goes with it."""

from __future__ import annotations

from collections.abc import Callable

from acquit.core.judges.fr import FRAMES, SELF_BILLED, Syntax, frame_of, kind_of
from acquit.core.judges.record import Group, Record
from acquit.core.judges.registry import Rule, Test
from acquit.core.judges.steps import Path, groups, path_of, said, there
from acquit.core.judges.values import decimal

_PREPAYMENTS = frozenset(("386", "500", "503"))
_S = path_of("SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement")


def rules(syntax: Syntax) -> list[Rule]:
    def framed(_: Group, record: Record) -> bool:
        values = record.root.values(*[str(step) for step in syntax.frame])
        return any(value in FRAMES for value in values)

    def no_prepayment(_: Group, record: Record) -> bool:
        final = frame_of(syntax, record) in ("B4", "S4", "M4")
        return not final or kind_of(syntax, record) not in _PREPAYMENTS

    def plain_type(_: Group, record: Record) -> bool:
        several = frame_of(syntax, record) in ("S8", "B8", "M8")
        return not several or kind_of(syntax, record) not in SELF_BILLED

    def mutual_type(_: Group, record: Record) -> bool:
        mutual = frame_of(syntax, record) in ("S9", "B9", "M9")
        return not mutual or kind_of(syntax, record) in SELF_BILLED

    ubl = syntax.name == "ubl"
    return [
        Rule("BR-FR-08_BT-23", framed, terms=("BT-23",), text="one-of",
             facts={"codes": ", ".join(sorted(FRAMES))},
             where=None if ubl else there(("ExchangedDocumentContext",))),
        Rule("BR-FR-CO-08_BT-23", no_prepayment, terms=("BT-23", "BT-3")),
        Rule("BR-FR-MV-13_BT-3", plain_type, terms=("BT-3", "BT-23"), text="type-frame"),
        Rule("BR-FR-MV-BD_BT-3" if ubl else "BR-FR-BD-13_BT-3", mutual_type,
             terms=("BT-3", "BT-23"), text="type-frame"),
        *_paid_frames(syntax),
    ]  # fmt: skip


def _paid_frames(syntax: Syntax) -> list[Rule]:
    """Frames B2, S2, M2 are for invoices already paid, with the day of payment as due date."""
    if syntax.name == "ubl":
        totals: Path = ("LegalMonetaryTotal",)
        paid, total, due = "PrepaidAmount", "TaxInclusiveAmount", "PayableAmount"
        days: tuple[Path, ...] = (("DueDate",), ("PaymentMeans", "PaymentDueDate"))
    else:
        totals = (*_S, "SpecifiedTradeSettlementHeaderMonetarySummation")
        paid, total, due = "TotalPrepaidAmount", "GrandTotalAmount", "DuePayableAmount"
        days = ((*_S, "SpecifiedTradePaymentTerms", "DueDateDateTime", "DateTimeString"),)

    def amount(record: Record, name: str) -> object:
        found = [v for group in groups(record.root, totals) for v in group.values(name)]
        return decimal(found[0]) if found else None

    def asked(test: Callable[[Record], bool]) -> Test:
        return lambda _, record: frame_of(syntax, record) not in ("B2", "S2", "M2") or test(record)

    def equal(record: Record) -> bool:
        return amount(record, paid) is not None and amount(record, paid) == amount(record, total)

    number = "BR-FR-CO-09_BT-23"
    return [
        Rule(f"{number}-1", asked(equal), terms=("BT-113", "BT-112"), text="BR-FR-CO-09"),
        Rule(f"{number}-2", asked(lambda record: amount(record, due) == 0), terms=("BT-115",),
             text="BR-FR-CO-09"),
        Rule(f"{number}-3",
             asked(lambda record: any(said(record.root, *path) for path in days)),
             terms=("BT-9",), text="missing"),
    ]  # fmt: skip
