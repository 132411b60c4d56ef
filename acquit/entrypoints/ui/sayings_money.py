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
    _("in the file %(path)s: %(why)s"),
    _("nobody said yet what the columns of this table are; they seem to be: %(columns)s"),
    _("look at them on the page Imports, or say --map auto or --map field=column once"),
    _("no row of the table looks like a header, so nobody can tell its columns"),
    _("put a row with the names of the columns above the first row"),
    _("the mapping does not fit: %(why)s"),
    _("the mapping cannot be read: %(why)s"),
    _("say it as field=column: %(example)s; fields: %(fields)s"),
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
    # What a customer is asked about his money, and why his answer waits for a person
    _("the customer chose this answer"),
    _("the customer wrote something else"),
    _("the receipt was applied meanwhile"),
    _("the receipt is another customer's meanwhile"),
    _("the money was applied meanwhile"),
    _("nothing of this receipt is open, or it is unknown"),
    _("a question waits 1 to %(days)s days"),
    _("nobody knows whose money this is"),
    _("say who paid: leave the money on the customer's account, then ask him"),
    _("this money is another customer's"),
    _("%(name)s has no e-mail address"),
    _("enter the address of the customer"),
    _("the answer is applied"),
    _("undo what it applied"),
    _("this question was answered already: one answer counts"),
    _("this question needs no answer any more"),
    _("this question is too old to answer"),
    _("say what the payment is for, in 1 to %(number)s characters"),
    _("there is no answer %(number)s"),
    _("nobody can be asked: it is not known whose money this is"),
    _("nobody can be asked: the customer has no e-mail address"),
    _("the customer was asked before, and a rule asks once"),
    # Money that is put aside
    _("there is no reason %(reason)s"),
    _("say one of %(reasons)s"),
    _("a note has at most %(number)s characters"),
    _("put aside for another reason"),
    _("take it up first"),
    _("say who paid first"),
    # Payout reports
    _(
        "payout %(number)s is %(amount)s, its rows add up to %(amount_rows)s"
        " (difference %(amount_difference)s)"
    ),
    _("a row is missing: export the whole payout"),
    _("export everything since the transfer before, with the column of the balance"),
    _("the report tells of no transfer to the bank"),
    _("export a time that holds one, with everything since the one before"),
    _("put the row right in the provider's export, or export it again"),
    _(
        "row %(count)s: its net is %(amount)s, which is not %(amount_gross)s less the fee"
        " %(amount_fee)s"
    ),
    _("row %(count)s: it has no amount"),
    _("row %(count)s: it names no payout"),
    _("row %(count)s: it has no transaction id"),
    _(
        "the balance ends with %(amount)s, %(amount_before)s before the first row and all rows make"
        " %(amount_sum)s: first at row %(count)s"
    ),
    _("rows are missing: export all that moved the balance in this time"),
    _("row %(count)s tells no balance"),
    _("export the report with the column of the balance"),
    # Money that the bank took back, and why
    _("returned by the bank: %(why)s (%(code)s)"),
    _("returned by the bank: %(why)s"),
    _("netted in a payout: %(why)s"),
    # What cannot be settled as before when a return is taken back
    _("%(amount)s of %(number)s stays open: %(why)s"),
    _("it was exchanged at another day's rate"),
    _("what this receipt had settled has just changed"),
    _("all of this receipt came back already"),
    _("this receipt settles no document %(code)s that the return may be of"),
    _("the payer's card issuer took it back"),
    _("it was refunded through the provider"),
    _("the provider's report was taken back"),
    _("the payout is smaller by what went back to payers"),
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
    _("choose another receipt"),
    _("choose a receipt in its currency"),
    _("the receipt is in %(code)s and the return in %(code_other)s"),
)
