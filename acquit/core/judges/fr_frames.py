"""France: the frame of an invoice (cadre de facturation, BT-23) and what goes with it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from acquit.core.judges.fr import FRAMES, Syntax, frame_of, kind_of
from acquit.core.judges.record import Group, Record
from acquit.core.judges.registry import Rule, Test
from acquit.core.judges.steps import Path, path_of, said, there
from acquit.core.judges.values import Unevaluable, decimal

_PREPAYMENTS = frozenset(("386", "500", "503"))
_S = path_of("SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement")


def rules(syntax: Syntax) -> list[Rule]:
    def framed(_: Group, record: Record) -> bool:
        value = record.root.one(*[str(step) for step in syntax.frame])
        return value in FRAMES

    def no_prepayment(_: Group, record: Record) -> bool:
        final = frame_of(syntax, record) in ("B4", "S4", "M4")
        return not final or kind_of(syntax, record) not in _PREPAYMENTS

    ubl = syntax.name == "ubl"
    return [
        Rule("BR-FR-08_BT-23", framed, terms=("BT-23",), text="one-of",
             facts={"codes": ", ".join(sorted(FRAMES))},
             where=None if ubl else there(("ExchangedDocumentContext",))),
        Rule("BR-FR-CO-08_BT-23", no_prepayment, terms=("BT-23", "BT-3")),
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

    def amount(record: Record, name: str) -> Decimal | None:
        found = record.root.one(*[str(step) for step in totals], name)
        return None if found is None else decimal(found)

    def asked(test: Callable[[Record], bool]) -> Test:
        return lambda _, record: frame_of(syntax, record) not in ("B2", "S2", "M2") or test(record)

    def equal(record: Record) -> bool:
        return amount(record, paid) is not None and amount(record, paid) == amount(record, total)

    def due_day(record: Record) -> bool:
        if syntax.name == "cii":
            return said(record.root, *days[0])
        found = [value for path in days for value in record.root.values(*map(str, path))]
        if len(found) > 1:
            raise Unevaluable(f"{len(found)} due dates stand where one may")
        return any(found)

    number = "BR-FR-CO-09_BT-23"
    return [
        Rule(f"{number}-1", asked(equal), terms=("BT-113", "BT-112"), text="BR-FR-CO-09"),
        Rule(f"{number}-2", asked(lambda record: amount(record, due) == 0), terms=("BT-115",),
             text="BR-FR-CO-09"),
        Rule(f"{number}-3",
             asked(due_day),
             terms=("BT-9",), text="missing"),
    ]  # fmt: skip
