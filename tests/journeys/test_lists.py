"""A list in the hands of a clerk: a view, a selection by keys, all that match, a file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.eyes import looking, sign_in
from tests.journeys.installation import Installation

pytestmark = pytest.mark.browser


def test_rows_are_chosen_by_keys_counted_summed_and_handed_out(
    chromium: Browser, acquit: Installation, tmp_path: Path
) -> None:
    with looking(chromium, acquit) as look:
        page = look.page
        sign_in(look, "Olga Ott")
        look.go("/invoices?kind=invoice")
        page.get_by_role("link", name="Keep as a view").click()
        page.get_by_label("Name").fill("Only invoices")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".view[aria-current]")).to_have_text("Only invoices")
        bar, count = page.locator("[data-selection-bar]"), page.locator("[data-selection-count]")
        expect(bar).to_be_hidden()
        for key in "jxjx":
            page.keyboard.press(key)
        expect(count).to_have_text("2 selected")
        page.locator("[data-select-all]").check()
        part = page.locator("[data-selection-total]").text_content()
        offer = page.get_by_role("button", name="that match")
        offer.click()
        expect(offer).to_be_hidden()
        expect(page.locator("[data-selection-total]")).not_to_have_text(part or "")
        whole = (count.text_content() or "").removesuffix(" selected")
        assert look.axe() == []
        with page.expect_download() as download:
            bar.get_by_role("button", name="CSV").click()
        download.value.save_as(tmp_path / "list.csv")
        with open(tmp_path / "list.csv", encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["Kind"] for row in rows} == {"Invoice"}
        assert len(rows) == int(whole.replace(",", ""))


def test_a_box_is_ticked_and_acts_without_script(chromium: Browser, acquit: Installation) -> None:
    with looking(chromium, acquit) as look:
        state = sign_in(look, "Olga Ott")
    with looking(chromium, acquit, state=state, script=False) as look:
        look.go("/invoices")
        look.page.locator("[data-select]").first.check()
        with look.page.expect_download() as download:
            look.page.locator(".pick").get_by_role("button", name="CSV").click()
        assert len(Path(download.value.path()).read_text().splitlines()) == 2


@pytest.mark.parametrize("language", ["en", "fr", "de", "ro"])
def test_the_filter_of_a_list_stands_in_one_line(
    chromium: Browser, acquit: Installation, language: str
) -> None:
    with looking(chromium, acquit) as look:
        state = sign_in(look, "Olga Ott")
    with looking(chromium, acquit, state=state, language=language) as look:
        look.go("/invoices")
        edges = look.page.eval_on_selector_all(
            ".filters > .filter .form-control, .filters > .filter .form-select, .filters > .btn",
            "all => all.map(one => Math.round(one.getBoundingClientRect().bottom))",
        )
        assert len(edges) == 6
        assert max(edges) - min(edges) <= 1
