"""The columns of the plain files of ``acquit apply``; those in brackets may be missing."""

ITEMS = (
    "id, customer, number, open, currency, issued, due, [kind: invoice, credit or debit; amount;"
    " discount_pct; discount_until; references]"
)
CUSTOMERS = "id, name, [ibans, parent, aliases, emails]"
LINES = "id, date, amount, currency, [payer_name, payer_iban, end_to_end_id, text, charges]"
HISTORY = (
    "item, customer, number, amount, currency, paid_on, [due, paid_amount, payer_name, payer_iban,"
    " text]"
)
REMITTANCES = "remittance, number, paid, currency, [payer_name, reference]"
RATES = "date, from, to, rate"


def needed(columns: str) -> tuple[str, ...]:
    """Those that may not be missing.

    >>> needed(CUSTOMERS)
    ('id', 'name')
    """
    return tuple(name for name in columns.partition("[")[0].replace(" ", "").split(",") if name)
