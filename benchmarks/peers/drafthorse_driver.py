"""Runs in drafthorse's own environment: invoices as CII."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path


def main() -> None:
    values = json.loads(sys.argv[1])
    _cii(values["lines"], 0)
    wall, cpu = [], []
    for seed in range(values["documents"]):
        begun, begun_cpu = time.perf_counter(), time.process_time()
        assert _cii(values["lines"], seed) > 1_000
        cpu.append(round(time.process_time() - begun_cpu, 6))
        wall.append(round(time.perf_counter() - begun, 6))
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": round(peak)}))


def _cii(lines: int, seed: int) -> int:
    from drafthorse.models.accounting import ApplicableTradeTax
    from drafthorse.models.document import Document
    from drafthorse.models.note import IncludedNote
    from drafthorse.models.tradelines import LineItem

    document = Document()
    document.context.guideline_parameter.id = "urn:cen.eu:en16931:2017"
    document.header.id = f"W-{seed}"
    document.header.type_code = "380"
    document.header.issue_date_time = date(2026, 11, 3)
    note = IncludedNote()
    note.content = "Delivered as ordered"
    document.header.notes.add(note)
    for party, name in (
        (document.trade.agreement.seller, "Atelier Lumière SARL"),
        (document.trade.agreement.buyer, "Holzwerk & Co"),
    ):
        party.name = name
        party.address.line_one = "14 rue des Tanneurs"
        party.address.city_name = "Lyon"
        party.address.postcode = "69002"
        party.address.country_id = "FR"
    document.trade.settlement.currency_code = "EUR"
    for number in range(1, lines + 1):
        item = LineItem()
        item.document.line_id = str(number)
        item.product.name = f"Hinge no {number}"
        item.product.seller_assigned_id = f"A-{number}"
        item.agreement.net.amount = Decimal("19.90")
        item.delivery.billed_quantity = (Decimal(2), "C62")
        item.settlement.trade_tax.type_code = "VAT"
        item.settlement.trade_tax.category_code = "S"
        item.settlement.trade_tax.rate_applicable_percent = Decimal(20)
        item.settlement.monetary_summation.total_amount = Decimal("39.80")
        document.trade.items.add(item)
    net = Decimal("39.80") * lines
    tax = ApplicableTradeTax()
    tax.calculated_amount = net / 5
    tax.basis_amount = net
    tax.type_code = "VAT"
    tax.category_code = "S"
    tax.rate_applicable_percent = Decimal(20)
    document.trade.settlement.trade_tax.add(tax)
    total = document.trade.settlement.monetary_summation
    total.line_total = net
    total.tax_basis_total = net
    total.tax_total = (net / 5, "EUR")
    total.grand_total = net * 6 / 5
    total.due_amount = net * 6 / 5
    return len(document.serialize(schema=None))


if __name__ == "__main__":
    main()
