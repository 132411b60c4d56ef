"""The language of texts: what it says, what it refuses and where; values are only values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core import wording

NAMES = ("company.name", "document.due", "document.number")
VALUES = {"company.name": "Holz & Söhne", "document.due": "", "document.number": "F-1"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ document.number }} by {{company.name}}", "F-1 by Holz & Söhne"),
        ("{% if document.due %}pay{% else %}thanks{% endif %}.", "thanks."),
        ("{% if not document.due %}free{% endif %}", "free"),
        ("{%if document.number%}a{%if document.due%}b{%else%}c{%endif%}d{%endif%}", "acd"),
        ("no { brace } and 100 % of it", "no { brace } and 100 % of it"),
        ("", ""),
    ],
)
def test_a_text_says(text: str, said: str) -> None:
    assert wording.faults(text=text, names=NAMES) == ()
    assert wording.fill(text=text, values=VALUES) == said


@pytest.mark.parametrize(
    ("text", "code", "place", "fix"),
    [
        ("a\nb {{ document.numbr }}", "text.unknown", "line 2, column 3", "write document.number"),
        ("{{ company.name.__class__ }}", "text.unknown", "line 1, column 1", "write company.name"),
        ("{{ company.name() }}", "text.unknown", "line 1, column 1", "write company.name"),
        ("{{ 7 * 7 }}", "text.unknown", "line 1, column 1", "use one of company.name"),
        ("{{ x|safe }}", "text.unknown", "line 1, column 1", "use one of company.name"),
        ("{% for a in b %}{% endfor %}", "text.word", "line 1, column 1", "use if name"),
        ("{% include 'x' %}", "text.word", "line 1, column 1", "use if name"),
        ("{% if document.due > 5 %}", "text.word", "line 1, column 1", "use if name"),
        ("a {% if document.due %}b", "text.if_open", "line 1, column 3", "add {% endif %}"),
        ("{% endif %}", "text.no_if", "line 1, column 1", "take it out"),
        ("{% if document.due %}{% else %}{% else %}{% endif %}", "text.else_twice", "line 1", ""),
        ("{% if document.due %}" * 6 + "{% endif %}" * 6, "text.deep", "line 1", ""),
        ("{{ document.number", "text.brace", "line 1, column 1", "write {{ name }} whole"),
        ("x }} y", "text.brace", "line 1, column 3", "write {{ name }} whole"),
        ("x" * 4001, "text.long", "", "say it shorter"),
    ],
)
def test_everything_else_is_refused_by_place(text: str, code: str, place: str, fix: str) -> None:
    first = wording.faults(text=text, names=NAMES)[0]
    assert first.code == code
    assert first.path.startswith(place)
    assert first.fix.startswith(fix)
    with pytest.raises(ValueError, match=r"^"):
        wording.fill(text=text, values=VALUES)


@given(st.text(max_size=60), st.text(max_size=30))
def test_a_value_is_never_read_as_text(value: str, around: str) -> None:
    """Whatever a customer is called: it stands there as it is, once."""
    values = {**VALUES, "company.name": value}
    plain = around.replace("{", "").replace("}", "")
    text = f"{plain}{{{{ company.name }}}}|"
    assert wording.fill(text=text, values=values) == f"{plain}{value}|"


@given(st.text(alphabet="{}% \nifelsnd.ot", max_size=80))
def test_any_text_is_filled_or_refused(text: str) -> None:
    if wording.faults(text=text, names=NAMES):
        with pytest.raises(ValueError, match="line"):
            wording.fill(text=text, values=VALUES)
    else:
        assert len(wording.fill(text=text, values=VALUES)) <= len(text)


def test_paragraphs_close_up_where_a_condition_said_nothing() -> None:
    assert wording.paragraphs("a\nb\n\n \n\nc\n") == ("a\nb", "c")
