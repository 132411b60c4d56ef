"""What is said of bank files and of advices, in the reader's language: see ``said``."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

MONEY_TEXTS = (
    _("import the statement of the day; it holds the same movements with its balances"),
    _("import it as remittance: it details a movement of the statement"),
    _(
        "statement %(reference)s has no opening balance and nothing is known of the account before "
        "it; by its closing balance it begins at %(opening)s"
    ),
    _("accept it where that was the balance; the next file is then proven by this one"),
    _(
        "statement %(reference)s: by its closing balance it begins at %(opening)s, but the account "
        "stood at %(known)s (difference %(difference)s)"
    ),
    _("movements in between are missing: import the file that holds them first"),
    _(
        "all movements of %(day)s between %(known)s were imported before, and this file tells "
        "others between the same balances"
    ),
    _("nobody said yet what the columns of this table are; they seem to be: %(columns)s"),
    _("look at them on the page Imports, or say --map auto or --map field=column once"),
    _("no row of the table looks like a header, so nobody can tell its columns"),
    _("put a row with the names of the columns above the first row"),
    _("the mapping does not fit: %(why)s"),
    _("the mapping cannot be read: %(why)s"),
    _("say it as field=column"),
    _("the table names no document"),
    _("%(place)s: it says %(stated)s, the documents above it are %(found)s"),
    _("%(place)s: the amount is missing"),
    _("put the row right and send the table again, or say what its columns are"),
    _("the PDF holds no text, only pictures"),
    _("ask for the text itself: a table, an e-mail, or a PDF that is no picture"),
    _("the file holds no remittance advice"),
    _("the sending of %(number)s has gone on since"),
    _("leave the import; the sending has its own way on"),
    _("by its closing balance it begins at %(opening)s"),
    # Money that the bank took back, and why
    _("returned by the bank: %(why)s (%(code)s)"),
    _("returned by the bank: %(why)s"),
    _("the account number is wrong"),
    _("the account is closed"),
    _("the account is blocked"),
    _("the account is a consumer's"),
    _("the account allows no such transaction"),
    _("the transaction code is wrong"),
    _("not enough money on the account"),
    _("it was collected twice"),
    _("the creditor is not known"),
    _("the creditor's bank cannot be reached"),
    _("the customer asked for it"),
    _("the debtor's bank cannot be reached"),
    _("it was paid twice"),
    _("the file format is wrong"),
    _("it was called back"),
    _("fraud"),
    _("there is no mandate"),
    _("data of the mandate are missing or wrong"),
    _("the payer asked for his money back"),
    _("the payer has died"),
    _("the customer gave no reason"),
    _("the bank gave no reason"),
    _("the bank code is wrong"),
    _("the payer's account is not identified, as the law asks"),
    _("the payer's name or address is missing, as the law asks"),
    _("the payee's name or address is missing, as the law asks"),
    _("the law does not allow it"),
    _("the payer's bank has its own rules for him"),
    _("a technical problem"),
    _("a cheque was returned"),
    _("an item was returned"),
    _("a deposited item was returned"),
    _("a single direct debit was returned"),
    _("a direct debit was returned"),
    _("the bank gave no reason that is known"),
    _("this return is settled already"),
    _("a change by hand needs a reason"),
    _("say why, in a few words"),
    _("this gap is cleared already"),
    _("the gap came on %(day)s: it cannot be due before"),
    _("take it back first"),
    _("all of this receipt came back already"),
    _("choose another receipt"),
    _("choose a receipt in its currency"),
    _("the receipt is in %(code)s and the return in %(code_other)s"),
)
