"""What decision tables say of a cell or a row, in the reader's language: see ``said``."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

TABLE_TEXTS = (
    # A cell
    _("row %(count)s, column %(column)s: %(why)s"),
    _("the cell is longer than %(count)s characters"),
    _("'not any' is never true"),
    _("'not' stands twice"),
    _("nothing may follow %(word)s; quote text that starts with this word"),
    _("'in' needs at least one value"),
    _("write 'between LOW and HIGH'"),
    _("write 'empty' for a fact that is not there"),
    _("%(kind)s has no order: use =, in or matches"),
    _("the bounds are in %(currency)s and %(other)s"),
    _("the lower bound %(low)s is above %(high)s"),
    _("'matches' works on text, and this column is %(kind)s"),
    _("'matches' needs a pattern such as INV-*"),
    _("a pattern has at most %(count)s characters"),
    _("the character class in %(text)s is not one"),
    _("a value is missing"),
    _("%(text)s is not one of %(choices)s"),
    _("%(text)s is not a day of the calendar such as 2026-01-31"),
    _("%(text)s is neither yes nor no"),
    _("the quotes of %(text)s do not close; double a quote inside text"),
    _("a quote inside %(text)s: put the whole text in quotes and double it"),
    _('%(text)s has a comma: write "in a, b" for a list, or quote the text'),
    _("%(text)s starts with a sign of comparison: quote the text"),
    _("%(text)s is not a number such as 1000 or -12.50 (no thousands mark)"),
    _("%(text)s names no currency: write such as 100 EUR"),
    _("this column must not be empty"),
    _("decimal"),
    _("money"),
    _("date"),
    _("enum"),
    _("bool"),
    # A table
    _("row %(count)s has %(count_cells)s %(side)s cells for %(count_columns)s columns"),
    _("condition"),
    _("outcome"),
    _("no fact %(name)s"),
    _("use one of: %(names)s"),
    _("column %(name)s stands twice"),
    _("column %(name)s: choices belong to enums, and only there"),
    _("the table decides nothing: add an output column"),
    _("the table has no row and never decides"),
    _("a table has at most %(count)s rows"),
    _("row %(count)s never decides: row %(count_above)s above it has no conditions"),
    _("row %(count)s never decides: row %(count_above)s above it asks the same"),
    _("this is not a stored decision table: %(why)s"),
    # A policy
    _("there is no policy %(name)s"),
    _("the policy %(name)s decides %(names)s by the %(word)s row that holds"),
    _("keep name, outcomes and hit policy as shipped; rows and inputs are yours"),
    _("no row"),
)
