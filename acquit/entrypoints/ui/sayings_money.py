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
    _("a bank file is proven by its own balances or sums, it has no preview"),
    _("by its closing balance it begins at %(opening)s"),
)
