"""The stories under ``examples/stories`` are true: each runs in an empty database and shows what
it says. ``ACQUIT_REWRITE_STORIES=1`` writes what is really shown into the files."""

from __future__ import annotations

import doctest
import os
from pathlib import Path

import pytest

from acquit.access.models import Company
from tests.support import stories

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "stories"
STORIES = sorted(FOLDER.glob("*.md"))


class Teller(doctest.DocTestRunner):
    """Remembers what was really shown."""

    def __init__(self) -> None:
        super().__init__(verbose=False)
        self.shown: dict[int, str] = {}

    def report_success(self, out: object, test: object, example: doctest.Example, got: str) -> None:
        self.shown[example.lineno] = got

    def report_failure(
        self, out: object, test: doctest.DocTest, example: doctest.Example, got: str
    ) -> None:
        self.shown[example.lineno] = got
        super().report_failure(out, test, example, got)  # type: ignore[arg-type]


def tell(path: Path) -> tuple[doctest.DocTest, Teller, list[str]]:
    text = path.read_text()
    names = {"acquit": stories}
    test = doctest.DocTestParser().get_doctest(text, names, path.name, str(path), 0)
    teller, said = Teller(), list[str]()
    teller.run(test, out=said.append, clear_globs=False)
    return test, teller, said


def rewrite(path: Path, test: doctest.DocTest, teller: Teller) -> None:
    lines = path.read_text().splitlines()
    for example in reversed(test.examples):
        start = example.lineno + example.source.count("\n")
        end = start + example.want.count("\n")
        got = teller.shown.get(example.lineno, example.want)
        lines[start:end] = [(" " * example.indent + line).rstrip() for line in got.splitlines()]
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.django_db
@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_is_true(path: Path) -> None:
    assert not Company.objects.exists()
    test, teller, said = tell(path)
    if os.environ.get("ACQUIT_REWRITE_STORIES"):
        rewrite(path, test, teller)
    assert teller.failures == 0, "".join(said)
    assert "trial_balance" in test.examples[-1].source
    assert "everything holds" in test.examples[-2].want


def test_there_are_stories() -> None:
    assert [path.stem[:2] for path in STORIES] == ["01", "02", "03", "04"]
