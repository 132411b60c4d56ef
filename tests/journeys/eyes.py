"""What a person sees of a page, and what a strict reader of the standards sees."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.journeys.installation import ROOT, Installation

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
TIMEOUT_MS = 60_000

# Every text a reader or a screen reader meets, but not code, keys and what people typed.
TEXTS = """() => {
  const found = new Set([document.title]);
  const skip = new Set(["SCRIPT", "STYLE", "CODE", "KBD", "MARK", "TEXTAREA"]);
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.parentElement.closest("script, style, code, kbd, mark, textarea, head")) continue;
    found.add(node.data.trim().replace(/\\s+/g, " "));
  }
  const names = ["placeholder", "aria-label", "title", "alt", "data-confirm",
    "data-confirm-detail", "data-confirm-label", "data-key-label", "data-label"];
  for (const name of names)
    for (const one of document.querySelectorAll(`[${name}]`)) found.add(one.getAttribute(name));
  return [...found].filter(Boolean);
}"""
SIDEWAYS = """() => {
  const wide = document.scrollingElement.scrollWidth;
  if (wide <= innerWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map(one => one.outerHTML.slice(0, 160));
}"""


@dataclass
class Looking:
    """A page, and everything that went wrong while it was open."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(TIMEOUT_MS)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"request leaves the host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.faults.append(f"{response.status} for {response.url}")

    def go(self, path: str, *, status: int = 200) -> None:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}\n{answer.text()[:2000]}"

    def texts(self) -> set[str]:
        found: list[str] = self.page.evaluate(TEXTS)
        return set(found)

    def sideways(self) -> list[str]:
        """What sticks out to the right, if the page scrolls sideways."""
        found: list[str] = self.page.evaluate(SIDEWAYS)
        return found

    def axe(self) -> list[str]:
        """Violations of WCAG 2.2 AA and good practice, each with its place."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8"))
        options = {"runOnly": RULES, "resultTypes": ["violations"]}
        result: dict[str, Any] = self.page.evaluate("o => axe.run(document, o)", options)
        return [
            f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
            for one in result["violations"]
            for node in one["nodes"][:3]
        ]


@contextmanager
def looking(
    browser: Browser,
    acquit: Installation,
    *,
    state: Any = None,
    language: str = "en",
    dark: bool = False,
    phone: bool = False,
    script: bool = True,
) -> Iterator[Looking]:
    """A fresh context, as from a reader with an empty cache."""
    context: BrowserContext = browser.new_context(
        storage_state=state,
        locale=language,
        color_scheme="dark" if dark else "light",
        viewport=PHONE if phone else WIDE,  # type: ignore[arg-type]
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    speak(context, acquit, language)
    try:
        look = Looking(context.new_page(), acquit.address)
        yield look
        assert look.faults == [], look.faults
    finally:
        context.close()


def speak(context: BrowserContext, acquit: Installation, language: str) -> None:
    context.add_cookies([{"name": "django_language", "value": language, "url": acquit.address}])


def sign_in(look: Looking, name: str) -> Any:
    """By the card of the demo; the state can be given to other contexts."""
    look.go("/signin")
    look.page.get_by_role("button", name=re.compile(name)).click()
    look.page.wait_for_url(re.compile(r"^(?!.*/signin)"))
    return look.page.context.storage_state()


def weigh(look: Looking, path: str) -> dict[str, int]:
    """Bytes of everything the first visit of a page takes, each packed as gzip packs it."""
    seen: list[Response] = []
    look.page.on("response", lambda answer: seen.append(answer))
    look.page.goto(look.address + path, wait_until="networkidle")
    return {one.url: len(gzip.compress(one.body())) for one in seen if one.status == 200}
