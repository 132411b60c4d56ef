"""The demo: two companies and a year of trade, made by the real commands."""

from acquit.entrypoints.console.demo.build import ensure_demo

__all__ = ["ensure_demo"]
