"""Templates that became functions write what Django writes from the same templates."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.template import Context, Template, engines
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from django_cotton.compiler_regex import CottonCompiler
from pytest_django.fixtures import Settings as SettingsWrapper

from acquit.core.money import Money
from acquit.entrypoints.ui.components.gallery import gallery
from acquit.entrypoints.ui.quick.loader import Parts

LOAD = "{% load acquit i18n %}"
HOSTILE = "<script>alert(\"x\")</script> & 'y'"


@dataclass
class Thing:
    name: Any
    inner: Any = None

    def method(self) -> Any:
        return self.name

    def asks(self, more: int) -> int:
        return more

    @property
    def missing(self) -> Any:
        raise AttributeError("a property that fails")

    @property
    def silent(self) -> Any:
        raise Silent


class Silent(Exception):
    silent_variable_failure = True


def deleting() -> str:
    return "deleted"


deleting.alters_data = True  # type: ignore[attr-defined]

VALUES: tuple[Any, ...] = (
    *(None, True, 7, -1_250_000, 2.5, Decimal("1000.5"), "", "plain", HOSTILE, 0),
    *(mark_safe("<b>safe</b>"), gettext_lazy("Customer"), date(2026, 3, 5), deleting, Thing),
    *(datetime(2026, 3, 5, 22, 30, tzinfo=UTC), Money(-123_450, "EUR"), lambda: HOSTILE),
)
PATHS = (
    *("a", "b", "row", "nowhere", "forloop.counter", "template", "a.name", "b.name", "row.name"),
    *("a.inner.name", "a.0", "row.1", "b.method", "row.asks", "a.items", "row.silent", "b.missing"),
)
FILTERS = (
    *("", "", "", "|default:'–'", "|upper", "|length", "|default:b", "|date:'Y-m-d'", "|yesno"),
    *("|safe", "|join:', '", "|truncatechars:3", "|default_if_none:_('Customer')", "|escape"),
)
LEAVES = (
    *("{{{{ {0} }}}}", "{{{{ {0} }}}}", "{{{{ {0} }}}}", "{{{{ {0} }}}}", "<p class='x'>"),
    *("{{% translate 'Customer' %}}", "{{% url 'home' as row %}}", "{{{{ 1.50 }}}}"),
    *("{{{{ '<i>'|upper }}}}", "{{% firstof a b %}}", "{{% cycle 'x' 'y' %}}"),
    *("{{% mark 'good' 'check' {0} %}}", "{{% badge 'paid' as row %}}", "{{{{ _('Customer') }}}}"),
)
AROUND = (
    "{{% for row in {0} %}}{1}{{% empty %}}{2}{{% endfor %}}",
    "{{% for row in {0} reversed %}}{{{{ forloop.counter }}}}{1}{{% endfor %}}{2}",
    "{{% for row, b in {0} %}}{1}{{% endfor %}}{2}",
    "{{% if {0} %}}{1}{{% else %}}{2}{{% endif %}}",
    "{{% if {0} {3} {4} %}}{1}{{% elif not {4} %}}{2}{{% endif %}}",
    "{{% with row={0} a={4} %}}{1}{{% endwith %}}{2}",
    "{{% autoescape off %}}{1}{{% endautoescape %}}{2}",
    "{{% filter upper %}}{1}{{% endfilter %}}{2}",
)
COMPARED = ("==", "!=", "<", ">=", "in", "not in", "is", "is not", "and", "or")


def a_value(draw: Random, depth: int = 2) -> Any:
    def inner() -> Any:
        return a_value(draw, depth - 1)

    if not depth or draw.random() < 0.3:
        return draw.choice(VALUES)
    return draw.choice(
        (
            lambda: [inner() for _ in range(draw.randrange(4))],
            lambda: {"name": inner(), "items": inner()},
            lambda: Thing(inner(), inner()),
            lambda: (inner(), inner()),
            lambda: [(inner(), inner()), (inner(), inner())],
        )
    )()


def a_source(draw: Random, depth: int = 4) -> str:
    def read() -> str:
        return draw.choice(PATHS) + draw.choice(FILTERS)

    if not depth or draw.random() < 0.1:
        return draw.choice(LEAVES).format(read())
    first, second = a_source(draw, depth - 1), a_source(draw, depth - 1)
    if draw.random() < 0.4:
        return first + second
    return draw.choice(AROUND).format(read(), first, second, draw.choice(COMPARED), read())


def written(source: str, values: dict[str, Any], *, quick: bool) -> str:
    """The text, or the name of what was raised."""
    template = Template(LOAD + CottonCompiler().process(source))
    if quick:
        template.nodelist = Parts(template.nodelist)
    context = Context(dict(values))
    try:
        first = template.render(context)
        assert template.render(Context(dict(values))) == first  # and again, now that all is known
    except Exception as error:  # noqa: BLE001 - which one is compared
        return type(error).__name__
    return first


@pytest.mark.parametrize("language", ["en", "de"])
def test_as_django_writes_it(language: str) -> None:
    """Templates and values that nobody would think of."""
    shown = set()
    for seed in range(200):
        draw = Random(f"{language} {seed}")
        source, values = a_source(draw), {"a": a_value(draw), "b": a_value(draw)}
        with translation.override(language):
            plain = written(source, values, quick=False)
            assert written(source, values, quick=True) == plain, source
        shown.add(plain)
    assert len(shown) > 80  # and not the same failure over and over


@pytest.mark.parametrize(
    "source",
    [
        "{% for x, y in a %}{{ x }}={{ y }}{{ forloop.last }};{% endfor %}",
        "{% for x, y, z in a %}{{ x }}{% endfor %}",
        "{% for x in a %}{% for y in x %}{{ forloop.parentloop.counter }}{% endfor %}{% endfor %}",
        "{% for x in a %}{% with x=b %}{{ x }}{% endwith %}{{ x.0 }}{% endfor %}",
        "{% for x in a %}{% url 'home' as x %}{{ x }}{% endfor %}",
        "{% for x in a %}{% badge 'paid' as x %}{{ x }}{% endfor %}",
        "{% for x in a %}{% include 'billing/_channel.html' with channel='email' %}{% endfor %}",
        "{{ thing.missing }}",
        "{% if thing.missing %}x{% endif %}",
        "{% if thing.name|default:nowhere %}x{% else %}y{% endif %}",
        "{% for x in thing.method %}{{ x }}{% endfor %}",
        "<c-badge status='paid' /><c-notice tone='{{ b }}'>{{ b }}</c-notice>",
        "<c-button href='/x?a={{ b }}' data-x='{{ b }}' small>{{ b }}</c-button>",
        "<c-kpi label='{{ b }}' :value='money' note='{% translate \"Customer\" %}' />",
        "{% for x in a %}<c-fact name='{{ x.0 }}'>{{ x.1 }}</c-fact>{% endfor %}",
        "".join(f"{{% for i{n} in one %}}" for n in range(9)) + "{{ b }}" + "{% endfor %}" * 9,
    ],
)
def test_scopes_components_and_failures(source: str) -> None:
    values = {
        "a": [(1, HOSTILE), ("z", None)],
        "b": HOSTILE,
        "one": ["only"],
        "thing": Thing("hello"),
        "money": Money(123_450, "EUR"),
    }
    assert written(source, values, quick=True) == written(source, values, quick=False)


@pytest.mark.parametrize("around", ["{}", "{{% for x in one %}}{}{{% endfor %}}"])
@pytest.mark.parametrize(
    "inner",
    [
        "{{ b }}",
        "{{ d.name }}",
        "{{ t.name|default:'x' }}",
        "{{ call }}",
        "{% mark 'good' 'x' b %}",
        "<c-page-header title='{{ b }}' />",
        "<c-fact name='{{ b }}'>{{ t.name }}</c-fact>",
    ],
)
def test_a_hostile_name_stays_a_text(around: str, inner: str) -> None:
    values = {"b": HOSTILE, "d": {"name": HOSTILE}, "t": Thing(HOSTILE), "call": lambda: HOSTILE}
    shown = written(around.format(inner), {**values, "one": [1]}, quick=True)
    assert "alert" in shown
    assert "<script" not in shown
    assert '"x"' not in shown


@pytest.fixture
def with_loader(settings: SettingsWrapper) -> Iterator[Callable[[str], None]]:
    ours = settings.TEMPLATES

    def choose(name: str) -> None:
        changed = copy.deepcopy(ours)
        ((_loader, sources),) = changed[0]["OPTIONS"]["loaders"]
        changed[0]["OPTIONS"]["loaders"] = [(name, sources)]
        settings.TEMPLATES = changed

    return choose


@pytest.mark.parametrize("language", ["en", "fr", "de", "ro"])
@pytest.mark.parametrize("page", ["styleguide", "styleguide_portal", "styleguide_signin"])
def test_every_component(
    page: str, language: str, with_loader: Callable[[str], None], rf: RequestFactory
) -> None:
    """The pages that show all of them."""
    written = []
    for loader in (
        "django.template.loaders.cached.Loader",
        "acquit.entrypoints.ui.quick.loader.Loader",
    ):
        with_loader(loader)
        with translation.override(language):
            template = engines["django"].get_template(f"{page}.html")
            assert isinstance(template.template.nodelist, Parts) == loader.startswith("acquit")
            request = rf.get("/")
            request.META["CSRF_COOKIE"] = "x" * 32
            written.append(template.render({**gallery(today=date(2026, 3, 5))}, request))
    plain, quick = (_without_masks(text) for text in written)
    assert quick == plain


def _without_masks(text: str) -> str:
    """The token is masked anew each time."""
    return re.sub(
        r'(csrfmiddlewaretoken" value="|X-CSRFToken": "|name="key" value=")\w+', r"\1", text
    )
