"""What is said in English about the views of lists.

Pages show it in the reader's language, see ``sayings``.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

VIEW_TEXTS = (
    _("no list '%(name)s'"),
    _("%(code)s has no filter '%(name)s'"),
    _("the filter %(name)s cannot be '%(reference)s'"),
    _("the view needs a name"),
    _("you may not share views"),
    _("you may not change the views of others"),
    _("nobody is there to own the view"),
    _("there is a view '%(name)s' of this list already"),
    _("this list has %(count)s views already"),
    _("there is no such view"),
    _("write 1 to %(count)s characters"),
    _("write at most %(count)s characters"),
    _("keep it for yourself, or ask for a role that may do this: %(act)s"),
    _("ask its owner or a role that may do this: %(act)s"),
    _("choose another name"),
    _("delete one that nobody uses"),
    _("give the id of a customer"),
)
