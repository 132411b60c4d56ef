"""Why money came back, in words, by the code that the bank gives.

Sources: ISO 20022 external code set ExternalReturnReason1Code as SEPA rulebooks use it
(EPC173-14), and the type codes of returned items of BAI2 (X9.121).
"""

from __future__ import annotations

WORDS = {
    "AC01": "the account number is wrong",
    "AC04": "the account is closed",
    "AC06": "the account is blocked",
    "AC13": "the account is a consumer's",
    "AG01": "the account allows no such transaction",
    "AG02": "the transaction code is wrong",
    "AM04": "not enough money on the account",
    "AM05": "it was collected twice",
    "BE05": "the creditor is not known",
    "CNOR": "the creditor's bank cannot be reached",
    "CUST": "the customer asked for it",
    "DNOR": "the debtor's bank cannot be reached",
    "DUPL": "it was paid twice",
    "FF01": "the file format is wrong",
    "FOCR": "it was called back",
    "FRAD": "fraud",
    "MD01": "there is no mandate",
    "MD02": "data of the mandate are missing or wrong",
    "MD06": "the payer asked for his money back",
    "MD07": "the payer has died",
    "MS02": "the customer gave no reason",
    "MS03": "the bank gave no reason",
    "RC01": "the bank code is wrong",
    "RR01": "the payer's account is not identified, as the law asks",
    "RR02": "the payer's name or address is missing, as the law asks",
    "RR03": "the payee's name or address is missing, as the law asks",
    "RR04": "the law does not allow it",
    "SL01": "the payer's bank has its own rules for him",
    "TECH": "a technical problem",
    "255": "a cheque was returned",
    "266": "an item was returned",
    "357": "an item was returned",
    "555": "a deposited item was returned",
    "557": "a single direct debit was returned",
    "567": "a direct debit was returned",
}
# What payout reports call it; no bank does.
PROVIDER = {
    "CHARGEBACK": "the payer's card issuer took it back",
    "REFUND": "it was refunded through the provider",
    "WITHDRAWN": "the provider's report was taken back",
}
UNKNOWN = "the bank gave no reason that is known"


def words(code: str) -> str:
    """What the code means.

    >>> words("AM04")
    'not enough money on the account'
    >>> words("ZZ99")
    'the bank gave no reason that is known'
    """
    return PROVIDER.get(code) or WORDS.get(code.upper(), UNKNOWN)


def told(code: str) -> str:
    """The reason as it is kept with what follows from it.

    >>> told("AC04")
    'returned by the bank: the account is closed (AC04)'
    >>> told("REFUND")
    'netted in a payout: it was refunded through the provider'
    """
    if code in PROVIDER:
        return f"netted in a payout: {PROVIDER[code]}"
    return f"returned by the bank: {words(code)}{f' ({code})' if code else ''}"
