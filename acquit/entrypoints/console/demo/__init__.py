"""The demo: two companies and a year of trade, made by the real commands."""

from acquit.access.models import Company

CARPAT, NORDLICHT = SLUGS = ("carpat", "nordlicht")


def ensure_demo() -> None:
    """Build the demo unless it is there; shows how far it is."""
    there = set(Company.objects.filter(slug__in=SLUGS).values_list("slug", flat=True))
    if missing := set(SLUGS) - there:
        # A demo that is there starts at once: what builds one is loaded only here.
        from acquit.entrypoints.console.demo.build import build

        build(missing)
