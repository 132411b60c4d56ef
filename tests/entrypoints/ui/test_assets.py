"""Files of pages that vanished: the page says what to run, and a lost file breaks nothing."""

from __future__ import annotations

from pathlib import Path

from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django_vite.templatetags.django_vite import vite_asset

from acquit.entrypoints.ui.assets import Assets

ASK = RequestFactory()


def test_a_file_that_vanished_since_the_start_is_not_found(tmp_path: Path) -> None:
    for name in ("kept.js", "gone.js"):
        (tmp_path / name).write_text("1")
    assets = Assets(lambda request: HttpResponse("a page"))
    assets.add_files(str(tmp_path), prefix="/static/built/")
    (tmp_path / "gone.js").unlink()
    assert assets(ASK.get("/static/built/kept.js")).status_code == 200
    answer = assets(ASK.get("/static/built/gone.js"))
    assert (answer.status_code, "Restart it" in answer.content.decode()) == (404, True)
    assert assets(ASK.get("/")).content == b"a page"


def test_a_page_whose_files_were_not_built_says_what_to_run() -> None:
    def wants(request: HttpRequest) -> HttpResponse:
        return HttpResponse(vite_asset("src/never-built.ts"))

    answer = convert_exception_to_response(wants)(ASK.get("/"))
    assert (answer.status_code, "make front" in answer.content.decode()) == (503, True)


def test_any_other_fault_of_ours_is_said_as_one() -> None:
    def breaks(request: HttpRequest) -> HttpResponse:
        raise ValueError("no asset")

    answer = convert_exception_to_response(breaks)(ASK.get("/"))
    assert (answer.status_code, "Something broke" in answer.content.decode()) == (500, True)
