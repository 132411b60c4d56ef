"""What is said in English about the texts of companies and about how papers look.

Pages show it in the reader's language, see ``sayings``.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

TEXT_TEXTS = (
    _("What the company says on its papers and in its mails"),
    _("Where the text stands"),
    _("Kind of document"),
    _("Language of the document"),
    _("Subject of every mail."),
    _("Subject of the question."),
    _("The question; the answers to choose from stand below it."),
    _("Mail with an invoice."),
    _("Mail with a credit note."),
    _("Letter of level %(count)s."),
    _("End of the letter."),
    _("Name of the company"),
    _("Contact person of the company"),
    _("E-mail address of the company"),
    _("Phone of the company"),
    _("Name of the customer"),
    _("Contact person of the customer"),
    _("Invoice, credit note ... in the language of the text"),
    _("Number of the document"),
    _("Day of the document"),
    _("Amount with tax"),
    _("Amount without tax"),
    _("Amount to pay, if any"),
    _("Day to pay by"),
    _("What to quote with the payment"),
    _("Order number of the buyer"),
    _("Number of the corrected invoice"),
    _("Payment terms"),
    _("Number of late documents"),
    _("What the payer wrote"),
    _("Day until which he can answer"),
    _("Days the oldest of them is late"),
    # What is wrong with a text, and where
    _("line %(count)s, column %(count_column)s"),
    _("row %(count)s, column text, line %(count_line)s, column %(count_column)s: %(what)s"),
    _("the text has %(count)s characters; at most %(count_max)s"),
    _("say it shorter"),
    _("this if is not closed"),
    _("add {% endif %}"),
    _("%(text)s stands alone"),
    _("write {{ name }} whole"),
    _("more than %(count)s ifs inside each other"),
    _("%(text)s is no word of texts"),
    _("use if name, if not name, else, endif"),
    _("%(text)s without an if before it"),
    _("take it out"),
    _("a second else of the same if"),
    _("take one out"),
    _("there is no value %(text)s here"),
    _("write %(text)s"),
    # How papers look
    _("%(text)s is too pale to be read on white, or white on it"),
    _("VAT is not due by %(text)s"),
    _("use invoice, payment, or nothing for what the law says"),
    _("letters must name the legal form of the company and what goes with it"),
    _("letters must name the number of the company in the register"),
    _("letters must name the address of the company"),
    _("give the street, the postcode and the city"),
    _("use a darker shade such as %(example)s"),
    _("there is no design %(text)s"),
    # Papers
    _("%(name)s owes nothing in %(currency)s that is late on %(day)s"),
    _("nothing has the number %(number)s"),
)
