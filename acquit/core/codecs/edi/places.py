"""Places in a message as words (``segment 4 element 2.1``) and back, for acknowledgements."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLACE = re.compile(r"segment (\d+)(?: ([A-Z0-9]{2,3}))?(?:.*? element (\d+)(?:\.(\d+))?)?")


@dataclass(frozen=True, slots=True)
class Place:
    """Counted from 1; zero where it is not said. The tag of a segment is none of its elements."""

    segment: int = 0
    tag: str = ""
    element: int = 0
    component: int = 0

    def __str__(self) -> str:
        words = f"segment {self.segment}"
        if self.tag:
            words += f" {self.tag}"
        if self.element:
            words += f" element {self.element}"
            if self.component:
                words += f".{self.component}"
        return words if self.segment else ""


def place_of(path: str | None) -> Place:
    """The place that a path names; an empty one where it names none.

    >>> place_of("segment 7 DTM (at 210) element 1.2")
    Place(segment=7, tag='DTM', element=1, component=2)
    """
    found = _PLACE.match(path or "")
    if not found:
        return Place()
    segment, tag, element, component = found.groups()
    return Place(int(segment), tag or "", int(element or 0), int(component or 0))
