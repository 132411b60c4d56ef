"""The loader of the settings: each template is kept ready to be written quickly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.template import Context, Origin, Template
from django.template.base import Node, NodeList
from django.template.defaulttags import IfNode
from django.template.loaders import cached
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django_cotton.templatetags import Attrs, InlineTemplate
from django_cotton.templatetags._component import CottonComponentNode, PreparedAttr, PreparedValue
from django_cotton.templatetags._vars import CottonVarsNode, PreparedVar

from acquit.entrypoints.ui.quick import values
from acquit.entrypoints.ui.quick.source import Write, compiled, texts_of


class Loader(cached.Loader):
    """Django's own, which reads a template once."""

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        template = super().get_template(template_name, skip)
        # A name for what is missing (``string_if_invalid``) is for debugging too.
        is_debugged = self.engine.debug or self.engine.string_if_invalid
        if not is_debugged and not isinstance(template.nodelist, Parts):
            template.nodelist = Parts(template.nodelist)
        return template


class Parts(NodeList):
    """The nodes of a template, or those inside a tag, and the function that writes them all."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        super().__init__(nodes)
        for node in self:
            _hold_parts(node)
        self._write: Write | None = None
        self._texts: dict[str | None, tuple[str, ...]] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        if self._write is None:
            self._write, self._fixed = compiled(self)
        texts = self._texts.get(language)
        if texts is None:
            texts = self._texts[language] = texts_of(self._fixed, context)
        written: list[str] = []
        self._write(context, written.append, texts, language or "en")
        return SafeString("".join(written))


def _hold_parts(node: Node) -> None:
    """The lists of nodes inside the node become parts too."""
    if isinstance(node, IfNode):
        node.conditions_nodelists = [
            (one, Parts(nodes)) for one, nodes in node.conditions_nodelists
        ]
        return
    if isinstance(node, CottonComponentNode):
        node._prepared_attrs = [_quick_attribute(one) for one in node._prepared_attrs]
    elif isinstance(node, CottonVarsNode):
        node._prepared_vars = [_quick_attribute(one) for one in node._prepared_vars]
    for name in node.child_nodelists:
        if type(nodes := getattr(node, name, None)) is NodeList:
            setattr(node, name, Parts(nodes))


A = TypeVar("A", PreparedAttr, PreparedVar)


def _quick_attribute(attribute: A) -> A:
    """An attribute of a component, of which some are templates and some are variables."""
    value = attribute.compiled
    if isinstance(value, InlineTemplate):
        return attribute._replace(compiled=Parts(value.nodelist))
    if isinstance(value, PreparedValue):
        return attribute._replace(compiled=_QuickValue(value))
    return attribute


class _QuickValue:
    """``:name="value"``: a plain variable is read as such, all else as django-cotton does it."""

    def __init__(self, value: PreparedValue) -> None:
        self._otherwise = value.resolve
        variable = value._variable
        is_plain = variable is not None and variable.lookups and not variable.translate
        self._names: tuple[str, ...] = variable.lookups if is_plain else ()

    def resolve(self, context: Context) -> Any:
        if self._names:
            try:
                found = values.found(context, self._names[0])
                for name in self._names[1:]:
                    found = values.part(found, name)
            except values.Unusual:
                return self._otherwise(context)
            if not isinstance(found, Attrs):
                return found
        return self._otherwise(context)
