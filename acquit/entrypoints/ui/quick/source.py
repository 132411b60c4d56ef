"""The nodes of a template as the source of a Python function.

The function is called with the context, ``out`` (which takes each piece), the fixed texts of the
reader's language, and that language. Values that the source cannot spell (nodes, filters) are its
globals ``c0``, ``c1`` and so on. Variables of a surrounding ``for`` or ``with`` are Python's own
too, beside those of the context, where Django's nodes find them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from itertools import count
from typing import Any

from django.conf import settings
from django.template import Context, Template
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    TextNode,
    VariableDoesNotExist,
    VariableNode,
    render_value_in_context,
)
from django.template.defaulttags import ForNode, IfNode, TemplateLiteral, URLNode, WithNode
from django.template.library import SimpleNode
from django.template.loader_tags import IncludeNode
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from acquit.entrypoints.ui.fast_i18n import FixedText
from acquit.entrypoints.ui.quick import values

Write = Callable[[Context, Callable[[str], None], tuple[str, ...], str], None]
Fixed = tuple[TextNode | FixedText, ...]
Scope = dict[str, str]  # name in the template -> name in the function

_GLOBALS: dict[str, Any] = {
    "Safe": SafeString,
    "Unusual": values.Unusual,
    "VariableDoesNotExist": VariableDoesNotExist,
    "conditional_escape": conditional_escape,
    "escape": escape,
    "found": values.found,
    "listed": values.listed,
    "part": values.part,
    "text": render_value_in_context,
    "unpacked": values.unpacked,
}
_BLOCKS_MAX = 12  # Python takes twenty loops, ``with`` and ``try`` inside each other
_OPERATORS = frozenset({"==", "!=", ">", ">=", "<", "<=", "in", "not in", "is", "is not"})


def compiled(nodes: NodeList) -> tuple[Write, list[Fixed]]:
    """The function and its fixed texts."""
    source = _Source()
    source.nodes(nodes, {})
    space = dict(_GLOBALS, **source.constants)
    lines = ["def write(context, out, texts, language):", "    safe = context.autoescape"]
    code = "\n".join([*lines, *source.lines])
    exec(compile(code, "<template>", "exec"), space)  # noqa: S102 - made of our templates alone
    return space["write"], source.fixed


def texts_of(fixed: Iterable[Fixed], context: Context) -> tuple[str, ...]:
    """The fixed texts in the language that is active."""
    return tuple("".join([node.render(context) for node in nodes]) for nodes in fixed)


class _Source:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.fixed: list[Fixed] = []
        self._depth, self._blocks, self._numbers = 1, 0, count()

    def nodes(self, nodes: Iterable[Node], scope: Scope) -> None:
        """Neighbours that depend on nothing but the language are one text."""
        scope = dict(scope)
        run: list[TextNode | FixedText] = []
        for node in nodes:
            if isinstance(node, TextNode | FixedText):
                run.append(node)
                continue
            self._text(run)
            run = []
            self._node(node, scope)
        self._text(run)
        self._line("pass")

    def _text(self, run: Sequence[TextNode | FixedText]) -> None:
        if run:
            self._line(f"out(texts[{len(self.fixed)}])")
            self.fixed.append(tuple(run))

    def _node(self, node: Node, scope: Scope) -> None:
        write = _KINDS.get(type(node))
        if write is None:
            self._other(node, scope)
        elif self._blocks > _BLOCKS_MAX:
            self._line(f"out({self._constant(_Alone(node).render)}(context))")
        else:
            write(self, node, scope)

    def _other(self, node: Node, scope: Scope) -> None:
        """By the node's own code, which may set a variable (``{% url … as name %}``)."""
        self._line(f"out({self._constant(node.render)}(context))")
        for name in ("asvar", "variable", "target_var"):
            scope.pop(getattr(node, name, None) or "", None)

    def variable(self, node: VariableNode, scope: Scope) -> None:
        value = self._read(node.filter_expression, scope, missing="")
        self._line(f"kind = type({value})")
        self._line(f"if kind is Safe: out({value})")
        self._line(f"elif kind is str and safe: out(escape({value}))")
        if not settings.USE_THOUSAND_SEPARATOR:
            self._line(f"elif kind is int: out(str({value}))")
        self._line(f"else: out(text({value}, context))")

    def simple(self, node: SimpleNode, scope: Scope) -> None:
        if node.takes_context:
            self._other(node, scope)
            return
        reads = [self._read(one, scope, missing="") for one in node.args]
        reads += [
            f"{name}={self._read(one, scope, missing='')}" for name, one in node.kwargs.items()
        ]
        function = node.func
        if (by_language := getattr(function, "in_language", None)) is not None:
            function, reads = by_language, [*reads, "language"]
        value = self._name()
        self._line(f"{value} = {self._constant(function)}({', '.join(reads)})")
        if node.target_var is not None:
            scope.pop(node.target_var, None)
            self._line(f"context[{node.target_var!r}] = {value}")
        else:
            is_ready = f"type({value}) is Safe or not safe"
            self._line(f"out({value} if {is_ready} else conditional_escape({value}))")

    def choice(self, node: IfNode, scope: Scope) -> None:
        depth = self._depth
        for condition, nodes in node.conditions_nodelists:
            if condition is None:
                self.nodes(nodes, scope)
                break
            value = self._name()
            self._line("try:")
            with self._block():
                self._condition(condition, value, scope)
            self._line(f"except VariableDoesNotExist: {value} = None")
            self._line(f"if {value}:")
            with self._deeper():
                self.nodes(nodes, scope)
            self._line("else:")
            self._depth += 1
        self._line("pass")
        self._depth = depth

    def _condition(self, condition: Any, value: str, scope: Scope) -> None:
        """``value`` becomes the condition's; as Django has it, one that fails is false."""
        if isinstance(condition, TemplateLiteral):
            expression: Any = condition.value
            self._line(f"{value} = {self._read(expression, scope, missing=None)}")
            return
        self._line("try:")
        with self._deeper():
            self._condition(condition.first, value, scope)
            if condition.id == "not":
                self._line(f"{value} = not {value}")
            elif condition.id in ("and", "or"):
                self._line(f"if {value}:" if condition.id == "and" else f"if not {value}:")
                with self._deeper():
                    self._condition(condition.second, value, scope)
            else:
                assert condition.id in _OPERATORS, condition.id
                second = self._name()
                self._condition(condition.second, second, scope)
                self._line(f"{value} = {value} {condition.id} {second}")
        self._line(f"except Exception: {value} = False")

    def loop(self, node: Any, scope: Scope) -> None:
        parent, items, size, number, item, own, loop = (self._name() for _ in range(7))
        self._line(f"{parent} = context.get('forloop', {{}})")
        self._line("with context.push():")
        with self._block():
            read = self._read(node.sequence, scope, missing=None)
            self._line(f"{items} = listed({read})")
            self._line(f"{size} = len({items})")
            self._line(f"if not {size}:")
            with self._deeper():
                self.nodes(node.nodelist_empty, scope)
            self._line("else:")
            with self._deeper():
                self._line(f"{own} = context.dicts[-1]")
                self._line(f"{own}['forloop'] = {loop} = {{'parentloop': {parent}}}")
                order = f"reversed({items})" if node.is_reversed else items
                self._line(f"for {number}, {item} in enumerate({order}):")
                with self._block():
                    self._turn(loop, number, size)
                    self._item(node, own, item, scope)

    def _turn(self, loop: str, number: str, size: str) -> None:
        for name, value in (
            ("counter0", number),
            ("counter", f"{number} + 1"),
            ("revcounter", f"{size} - {number}"),
            ("revcounter0", f"{size} - {number} - 1"),
            ("first", f"not {number}"),
            ("last", f"{number} == {size} - 1"),
        ):
            self._line(f"{loop}[{name!r}] = {value}")

    def _item(self, node: Any, own: str, item: str, scope: Scope) -> None:
        inside = {name: local for name, local in scope.items() if name != "forloop"}
        if len(node.loopvars) == 1:
            (name,) = node.loopvars
            self._line(f"{own}[{name!r}] = {item}")
            self.nodes(node.nodelist_loop, {**inside, name: item})
            return
        self._line(f"{item} = unpacked({tuple(node.loopvars)!r}, {item})")
        self._line(f"with context.push(**{item}):")
        with self._block():
            for name in node.loopvars:
                inside[name] = self._name()
                self._line(f"{inside[name]} = {item}[{name!r}]")
            self.nodes(node.nodelist_loop, inside)

    def naming(self, node: WithNode, scope: Scope) -> None:
        named = self._named(node.extra_context, scope)
        given = ", ".join(f"{name}={value}" for name, value in named.items())
        self._line(f"with context.push({given}):")
        with self._block():
            self.nodes(node.nodelist, {**scope, **named})

    def include(self, node: IncludeNode, scope: Scope) -> None:
        """A template named by a fixed text is found once."""
        name = node.template.var
        if node.isolated_context or not isinstance(name, str) or name.startswith("."):
            self._other(node, scope)
            return
        template = self._constant(_Included(name))
        named = self._named(node.extra_context, scope)
        given = ", ".join(f"{name}={value}" for name, value in named.items())
        self._line(f"with context.push({given}): out({template}.render(context))")

    def address(self, node: URLNode, scope: Scope) -> None:
        """The address of a route without arguments: routes do not change while a process lives."""
        name = node.view_name.var
        if node.args or node.kwargs or node.asvar or not isinstance(name, str) or ":" in name:
            self._other(node, scope)
        else:
            self._line(f"out({self._constant(_Once(node))}.render(context))")

    def _named(self, asked: dict[str, FilterExpression], scope: Scope) -> Scope:
        named = {}
        for name, expression in asked.items():
            named[name] = self._name()
            self._line(f"{named[name]} = {self._read(expression, scope, missing='')}")
        return named

    def _read(self, expression: FilterExpression, scope: Scope, *, missing: Any) -> str:
        """The name of a variable that holds the value."""
        value = self._name()
        if not expression.is_var:
            self._line(f"{value} = {self._constant(expression.var)}")
        else:
            self._look(expression.var, value, scope, missing)
        for function, arguments in expression.filters:
            if (by_language := getattr(function, "in_language", None)) is not None:
                self._line(f"{value} = {self._constant(by_language)}({value}, language)")
            else:
                used = values.filtered(function, arguments)
                self._line(f"{value} = {self._constant(used)}({value}, context)")
        return value

    def _look(self, variable: Any, value: str, scope: Scope, missing: Any) -> None:
        look = self._constant(values.looker(variable, missing))
        if variable.lookups is None or variable.translate:
            self._line(f"{value} = {look}(context)")
            return
        first, *rest = variable.lookups
        way = scope.get(first) or f"found(context, {first!r})"
        for name in rest:
            way = f"part({way}, {name!r})"
        self._line(f"try: {value} = {way}")
        self._line(f"except Unusual: {value} = {look}(context)")
        if way in scope.values():
            self._line(f"if callable({value}): {value} = {look}(context)")

    def _constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def _name(self) -> str:
        return f"v{next(self._numbers)}"

    def _line(self, text: str) -> None:
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        yield
        self._depth -= 1

    @contextmanager
    def _block(self) -> Iterator[None]:
        self._blocks += 1
        with self._deeper():
            yield
        self._blocks -= 1


class _Alone:
    """A node that stands too deep in others, as a function of its own."""

    def __init__(self, node: Node) -> None:
        self._write, self._fixed = compiled(NodeList([node]))

    def render(self, context: Context) -> str:
        written: list[str] = []
        self._write(context, written.append, texts_of(self._fixed, context), get_language() or "en")
        return "".join(written)


class _Included:
    """A template that is found when it is first written."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._template: Template | None = None

    def render(self, context: Context) -> str:
        if self._template is None:
            assert context.template is not None
            self._template = context.template.engine.select_template([self._name])
        return self._template.render(context)


class _Once:
    """A node that always writes the same."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._written: str | None = None

    def render(self, context: Context) -> str:
        if self._written is None:
            self._written = self._node.render(context)
        return self._written


_KINDS: dict[type[Node], Callable[[_Source, Any, Scope], None]] = {
    VariableNode: _Source.variable,
    SimpleNode: _Source.simple,
    IfNode: _Source.choice,
    ForNode: _Source.loop,
    WithNode: _Source.naming,
    IncludeNode: _Source.include,
    URLNode: _Source.address,
}
