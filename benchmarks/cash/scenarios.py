"""The scenarios: each takes what it pays from the books and leaves a line and its truth.

A maker returns False when the books have nothing for it; the generator then draws again and
counts what was skipped. What a line pays in full is never paid by another line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from benchmarks.cash import texts
from benchmarks.cash.bench import LUMP_MAX, Bench
from benchmarks.cash.books import AS_OF
from benchmarks.cash.people import stranger
from benchmarks.cash.world import AdviceLine, Line, Truth

Maker = Callable[[Bench], bool]
MAKERS: dict[str, Maker] = {}


def scenario(maker: Maker) -> Maker:
    MAKERS[maker.__name__] = maker
    return maker


@scenario
def single(bench: Bench) -> bool:
    item = bench.one()
    return item is not None and bench.exact("single", item, bench.quote([item]))


@scenario
def structured(bench: Bench) -> bool:
    """The reference comes in the end-to-end id; the text says nothing."""
    item = bench.one()
    return item is not None and bench.exact("structured", item, "", end_to_end=item.number)


@scenario
def typo(bench: Bench) -> bool:
    item = bench.one()
    if item is None:
        return False
    return bench.exact("typo", item, texts.mistyped(bench.quote([item]), bench.draw))


@scenario
def truncated(bench: Bench) -> bool:
    """Only the last four to six digits of the number."""
    item = bench.one()
    if item is None:
        return False
    digits = f"{item.serial:06}"[-bench.draw.choice((4, 5, 6)) :]
    words = bench.draw.choice(("", "Rg ", "inv ", "fact ", "Nr. "))
    return bench.exact("truncated", item, words + digits)


_PLAIN = (
    "",
    "Rechnung",
    "payment",
    "facture",
    "plata factura",
    "Zahlung Warenlieferung",
    "invoice",
)


@scenario
def no_reference(bench: Bench) -> bool:
    item = bench.one()
    return item is not None and bench.exact("no_reference", item, bench.draw.choice(_PLAIN))


@scenario
def order_number(bench: Bench) -> bool:
    """The customer's own number, or the number of the order or the delivery note."""
    item = bench.one()
    if item is None:
        return False
    known = [*item.references, f"Kd.-Nr. {item.customer}"]
    return bench.exact("order_number", item, bench.draw.choice(known))


@scenario
def lump(bench: Bench) -> bool:
    items = bench.several(2, 12)
    return bool(items) and bench.lump("lump", items, bench.quote(items))


@scenario
def span(bench: Bench) -> bool:
    """From the first to the last, all that lies between."""
    customer = bench.somebody(least=3)
    left = bench.free_of(customer)[:20] if customer else []
    if len(left) < 3:
        return False
    items = left[: bench.draw.randint(3, min(12, len(left)))]
    between = bench.draw.choice((" - ", " bis ", " to ", " à ", "-", " pana la "))
    return bench.lump("span", items, f"{items[0].number}{between}{items[-1].number}")


@scenario
def some_references(bench: Bench) -> bool:
    items = bench.several(3, 12)
    if not items:
        return False
    named = items[: max(1, len(items) // 2)]
    more = bench.draw.choice((" u.a.", " etc", " + autres", " ...", " si altele", ""))
    return bench.lump("some_references", items, bench.quote(named) + more)


@scenario
def lump_bare(bench: Bench) -> bool:
    items = bench.several(2, LUMP_MAX)
    return bool(items) and bench.lump("lump_bare", items, bench.draw.choice(_PLAIN))


@scenario
def advice(bench: Bench) -> bool:
    """The text names an advice, which lists what is paid."""
    items = bench.several(2, 30)
    if not items:
        return False
    reference = f"AVIS{bench.draw.randrange(10**6, 10**7)}"
    bench.lump("advice", items, reference, reason="advice")
    line = bench.case.lines[-1]
    bench.case.advices.extend(
        AdviceLine(
            advice=reference,
            date=line.date,
            payer_name=bench.people[items[0].customer].name,
            amount=line.amount,
            currency=line.currency,
            reference=reference,
            number=item.number,
            paid=item.open,
        )
        for item in items
    )
    return True


@scenario
def short_pay(bench: Bench) -> bool:
    """Something was deducted for a reason the customer has; the rest stays claimed."""
    item = bench.one()
    if item is None:
        return False
    less = round(item.open * bench.draw.uniform(0.03, 0.35))
    if not 0 < less < item.open:
        return False
    bench.take([item])
    words = ("Abzug Mangel", "damaged goods", "retour", "less freight", "lipsa marfa", "prix")
    bench.put(
        "short_pay",
        customer=bench.people[item.customer],
        amount=item.open - less,
        text=f"{bench.quote([item])} {bench.draw.choice(words)}",
        items={item: item.open - less},
        reason="short-pay",
    )
    return True


@scenario
def discount(bench: Bench) -> bool:
    """The early-payment discount that was agreed, once in ten times a few days late."""
    item = bench.one(where=lambda customer: customer.discount_pct > 0)
    if item is None or item.discount_until is None:
        return False
    is_late = item.discount_until < AS_OF - timedelta(days=2)
    if is_late and bench.draw.random() < 0.9:
        recent = [
            one
            for one in bench.free_of(item.customer)
            if one.discount_until and one.discount_until >= AS_OF - timedelta(days=2)
        ]
        if not recent:
            return False
        item = bench.draw.choice(recent)
    return bench.short("discount", item, item.open * item.discount_pct // 100, "discount")


@scenario
def withheld(bench: Bench) -> bool:
    """Tax withheld at the source by law: a known rate of the amount."""
    item = bench.one()
    if item is None:
        return False
    return bench.short("withheld", item, item.open * bench.draw.choice((5, 8, 10)) // 100, "tax")


@scenario
def bank_fee(bench: Bench) -> bool:
    item = bench.one()
    fee = bench.draw.choice((250, 500, 750, 1000, 1250, 1500, 2000))
    return item is not None and bench.short("bank_fee", item, fee, "fee")


@scenario
def fx(bench: Bench) -> bool:
    """A claim in another currency paid in euro at the payer's own rate."""
    item = bench.one(where=lambda customer: customer.currency != "EUR")
    if item is None:
        return False
    customer = bench.people[item.customer]
    rate = bench.case.rates[AS_OF, item.currency]
    fair = item.open * 1_000_000 // rate
    paid = round(fair * (1 + bench.draw.uniform(-0.012, 0.012)))
    bench.take([item])
    bench.put(
        "fx",
        customer=customer,
        amount=paid,
        currency="EUR",
        text=bench.quote([item]) if bench.draw.random() < 0.8 else "",
        items={item: item.open},
        reason="fx",
        residue=paid - fair,
    )
    return True


@scenario
def parent(bench: Bench) -> bool:
    """The mother pays for a daughter."""
    item = bench.one(where=lambda customer: bool(customer.parent))
    if item is None:
        return False
    daughter = bench.people[item.customer]
    bench.take([item])
    bench.put(
        "parent",
        customer=daughter,
        payer=bench.people[daughter.parent],
        amount=item.open,
        text=bench.quote([item]) if bench.draw.random() < 0.8 else daughter.name[:20],
        items={item: item.open},
        reason="parent",
    )
    return True


@scenario
def instalment(bench: Bench) -> bool:
    """A part that was agreed: a half, a third, a quarter, or a round sum."""
    item = bench.one()
    if item is None or item.open < 2_000:
        return False
    part = bench.draw.choice(
        (item.open // 2, item.open // 3, item.open // 4, item.open // 20_000 * 10_000)
    )
    if not 0 < part < item.open:
        return False
    bench.take([item])
    words = bench.draw.choice(("Rate", "part payment", "acompte sur", "rata", "Teilzahlung"))
    bench.put(
        "instalment",
        customer=bench.people[item.customer],
        amount=part,
        text=f"{words} {bench.quote([item])}",
        items={item: part},
        reason="instalment",
    )
    return True


@scenario
def split(bench: Bench) -> bool:
    """One claim paid by two lines."""
    item = bench.one()
    if item is None or item.open < 10_000:
        return False
    first = round(item.open * bench.draw.uniform(0.2, 0.8))
    bench.take([item])
    for part in (first, item.open - first):
        bench.put(
            "split",
            customer=bench.people[item.customer],
            amount=part,
            text=bench.quote([item]),
            items={item: part},
            reason="instalment",
        )
    return True


@scenario
def overpayment(bench: Bench) -> bool:
    item = bench.one()
    if item is None:
        return False
    more = max(100, round(item.open * bench.draw.uniform(0.01, 0.2)))
    bench.take([item])
    bench.put(
        "overpayment",
        customer=bench.people[item.customer],
        amount=item.open + more,
        text=bench.quote([item]),
        items={item: item.open},
        reason="overpayment",
        residue=more,
    )
    return True


@scenario
def duplicate(bench: Bench) -> bool:
    """What was paid some weeks ago, paid again."""
    for _ in (1, 2, 3, 4, 5, 6, 7, 8):
        paid = bench.draw.choice(bench.case.history)
        if paid.paid_on < AS_OF - timedelta(days=60):
            continue
        bench.put(
            "duplicate",
            customer=bench.people[paid.item.customer],
            amount=paid.amount,
            text=bench.quote([paid.item]) if bench.draw.random() < 0.85 else "",
            items={},
            reason="duplicate",
            residue=paid.amount,
        )
        return True
    return False


@scenario
def prepayment(bench: Bench) -> bool:
    customer = bench.draw.choice(bench.case.customers)
    order = bench.draw.randrange(10**7, 10**8)
    words = (
        "Anzahlung Auftrag {n}",
        "advance order {n}",
        "acompte commande {n}",
        "avans {n}",
        "PO 45{n}",
    )
    amount = bench.draw.randrange(50, 5_000) * bench.draw.choice((100, 500, 1_000))
    bench.put(
        "prepayment",
        customer=customer,
        amount=amount,
        text=bench.draw.choice(words).format(n=order),
        items={},
        reason="prepayment",
        residue=amount,
    )
    return True


@scenario
def unrelated(bench: Bench) -> bool:
    """Money of somebody who owes nothing: a tax refund, an insurance, a mistake."""
    draw, case = bench.draw, bench.case
    name, iban = stranger(draw)
    words = ("Erstattung {n}", "refund claim {n}", "remboursement {n}", "rambursare {n}", "{n}")
    line = Line(
        id=f"L{len(case.lines) + 1:07}",
        date=AS_OF - timedelta(days=draw.randrange(3)),
        amount=draw.randrange(1_000, 900_000),
        currency="EUR",
        payer_name=name,
        payer_iban=iban if draw.random() < 0.8 else "",
        end_to_end_id="",
        text=draw.choice(words).format(n=draw.randrange(10**5, 10**9)),
    )
    case.lines.append(line)
    case.truth.append(Truth(line.id, "unrelated", {}, "unrelated", line.amount))
    return True


@scenario
def netting(bench: Bench) -> bool:
    """Invoices less the credit notes the customer has."""
    holders = [key for key, found in bench.credits.items() if found]
    for _ in (1, 2, 3, 4, 5, 6):
        if not holders:
            return False
        customer = bench.draw.choice(holders)
        credit = bench.credits[customer][-1]
        left = bench.free_of(customer)
        items = left[: bench.draw.randint(1, 4)]
        if items and sum(item.open for item in items) + credit.open > 0:
            bench.credits[customer].pop()
            quoted = bench.quote([*items, credit])
            return bench.lump("netting", [*items, credit], quoted, reason="netting")
    return False
