"""How a company's papers look: design, paper, accent colour, logo, footer."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from acquit.core.codecs.pdf.logo import measure
from acquit.core.faults import Refused
from acquit.core.looks import DESIGNS, PAPERS, readable

LOGO_BYTES_MAX = 1_000_000
_LOGO_WIDTH_MM = 70
_LOGO_HEIGHT_MM = 16
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class NotPrintable(Refused):
    """What should be printed cannot be; the fault names it."""


@dataclass(frozen=True, slots=True)
class Branding:
    """``accent`` is ``#rrggbb``, ``logo`` the bytes of a PNG or JPEG, ``footer`` free lines;
    ``design`` one of :data:`DESIGNS`, ``paper`` one of :data:`PAPERS`."""

    accent: str = "#1f4e79"
    logo: bytes | None = None
    footer: tuple[str, ...] = ()
    design: str = DESIGNS[0]
    paper: str = PAPERS[0]

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.accent):
            message = f"{self.accent!r} is not a colour as #rrggbb"
            raise NotPrintable.because("pdf.accent", message)
        for name, value, known in (
            ("design", self.design, DESIGNS),
            ("paper", self.paper, PAPERS),
        ):
            if value not in known:
                message = f"there is no {name} {value!r}"
                fix = f"use one of {', '.join(known)}"
                raise NotPrintable.because(f"pdf.{name}", message, path=name, fix=fix)

    @property
    def ink(self) -> str:
        """The accent as it is printed: dark enough to be read on white, and white on it."""
        return readable(colour=self.accent)

    def logo_svg(self) -> dict[str, str | float] | None:
        """The logo wrapped into an SVG, which the template takes as text, and its size in mm."""
        if self.logo is None:
            return None
        if len(self.logo) > LOGO_BYTES_MAX:
            message = f"the logo has {len(self.logo)} bytes; at most {LOGO_BYTES_MAX}"
            raise NotPrintable.because("pdf.logo", message)
        header = measure(self.logo)
        if header is None:
            message = "the logo is neither a PNG nor a JPEG picture"
            raise NotPrintable.because("pdf.logo", message)
        kind, width, height = header
        data = base64.b64encode(self.logo).decode("ascii")
        scale = min(_LOGO_WIDTH_MM / width, _LOGO_HEIGHT_MM / height)
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
            f'<image width="{width}" height="{height}" href="data:image/{kind};base64,{data}"/>'
            "</svg>"
        )
        return {"svg": svg, "width": width * scale, "height": height * scale}
