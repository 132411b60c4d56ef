"""The sample rules that ship: each tells its two documents apart, in four languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.policy.samples import LANGUAGES, Sample, samples, verdicts

ALL = list(samples().values())


@pytest.mark.parametrize("sample", ALL, ids=[sample.name for sample in ALL])
def test_a_sample_decides_its_documents_as_told(sample: Sample) -> None:
    assert verdicts(sample, sample.value) == {"pass": "pass", "refuse": "refuse"}
    assert set(sample.title) == set(LANGUAGES)
    told = [sample.said(language, "VALUE") for language in LANGUAGES]
    assert len(set(told)) == len(told)
    assert all(("VALUE" in text) == bool(sample.value) for text in told)


@given(value=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12))
def test_another_value_is_tried_anew(value: str) -> None:
    for name in ("order-begins", "buyer-gln-is", "unit", "unit-not", "buyer-reference-begins"):
        assert verdicts(samples()[name], value) == {"pass": "pass", "refuse": "refuse"}


def test_a_value_is_never_taken_for_the_word_of_the_file() -> None:
    assert verdicts(samples()["unit"], "none") == {"pass": "pass", "refuse": "refuse"}


def test_there_is_enough_to_choose_from() -> None:
    assert len(ALL) >= 30
