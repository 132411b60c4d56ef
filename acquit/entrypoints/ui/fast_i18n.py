"""Django's ``{% load i18n %}`` with fixed texts looked up once per language.

A list of fifty rows repeats the labels of its columns fifty times. The settings give this library
the name ``i18n``, so that every template has it, also those of allauth.
"""

from __future__ import annotations

from django import template
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.templatetags import i18n
from django.utils.translation import get_language

register = template.Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


class FixedText(i18n.TranslateNode):
    """A text that depends on nothing but the reader's language."""

    def __init__(self, text: FilterExpression) -> None:
        super().__init__(text, noop=False)
        self._said: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        said = self._said.get(language)
        if said is None:
            said = self._said[language] = super().render(context)
        return said


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> template.Node:
    """``{% translate "text" %}``; with a variable, a filter or an option it is Django's own tag."""
    node: i18n.TranslateNode = i18n.do_translate(parser, token)
    text = node.filter_expression
    is_fixed = not (node.noop or node.asvar or node.message_context or text.filters)
    if is_fixed and text.var.literal is not None:
        return FixedText(text)
    return node
