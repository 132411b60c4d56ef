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
)
