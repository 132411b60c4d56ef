"""Where goods of an order go: elsewhere than to the customer's own address (BG-13, BG-15).

In a file, in the order's column and in the header of a document a place is named values, each name
beginning with ``deliver_to_``; what is not said has no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from stdnum import ean

from acquit.core.documents.parties import Address, DeliveryInformation, Identifier
from acquit.core.faults import Fault
from acquit.stages.masterdata.rules.territory import is_country

PREFIX = "deliver_to_"
GLN = "0088"  # ISO 6523


class Place(NamedTuple):
    """A place of delivery; ``location`` is its number, such as a GLN."""

    name: str = ""  # BT-70
    location: str = ""  # BT-71
    street: str = ""  # BT-75
    street_2: str = ""  # BT-76
    postcode: str = ""  # BT-78
    city: str = ""  # BT-77
    region: str = ""  # BT-79
    country: str = ""  # BT-80

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Place:
        """The place among named values, such as a row of a file or the header of a document."""
        return cls(*(str(values.get(name) or "").strip() for name in NAMES))

    @classmethod
    def home(cls, customer: Any) -> Place:
        """The customer's own address, of anything that has his columns."""
        return cls(
            customer.name,
            street=customer.street,
            postcode=customer.postcode,
            city=customer.city,
            region=customer.region,
            country=customer.country,
        )

    @property
    def has_address(self) -> bool:
        return any(self[2:])

    def values(self) -> dict[str, str]:
        """The named values again, without the empty ones."""
        return {name: text for name, text in zip(NAMES, self, strict=True) if text}

    def completed(self, home: Place) -> Place:
        """With the customer's country, where an address names none; ``home`` is his own address."""
        country = self.country.upper() or (home.country if self.has_address else "")
        return self._replace(country=country)

    def elsewhere(self, home: Place) -> dict[str, str] | None:
        """What an order keeps of it: nothing where it is the customer's own address."""
        place = self.completed(home)
        same = place._replace(name=home.name, region=home.region) == home
        return None if same and place.name in ("", home.name) else place.values() or None

    def delivery(self) -> DeliveryInformation:
        """BG-13 without the day."""
        address = Address(
            country=self.country,
            street=self.street or None,
            street_2=self.street_2 or None,
            city=self.city or None,
            postcode=self.postcode or None,
            subdivision=self.region or None,
        )
        scheme = GLN if len(self.location) == 13 and ean.is_valid(self.location) else None
        return DeliveryInformation(
            name=self.name or None,
            location=Identifier(self.location, scheme) if self.location else None,
            address=address if self.has_address else None,
        )

    def __str__(self) -> str:
        """In one line, as it stands beside a line of a document."""
        town = f"{self.postcode} {self.city}".strip()
        parts = (self.name, self.location, self.street, self.street_2, town, self.region)
        return ", ".join(part for part in (*parts, self.country) if part)


def told(delivery: DeliveryInformation) -> Place:
    """The place that a document names."""
    at = delivery.address or Address("")
    return Place(
        delivery.name or "",
        delivery.location.value if delivery.location else "",
        at.street or "",
        at.street_2 or "",
        at.postcode or "",
        at.city or "",
        at.subdivision or "",
        at.country,
    )


NOWHERE = Place()
NAMES = tuple(PREFIX + name for name in Place._fields)
LIMITS = dict(zip(NAMES, (200, 40, 150, 150, 20, 80, 40, 2), strict=True))


def place_faults(place: Place) -> Iterator[Fault]:
    """What is too long for a document, and a country that is none."""
    for (name, limit), text in zip(LIMITS.items(), place, strict=True):
        if len(text) > limit:
            yield Fault(
                f"place.{name.removeprefix(PREFIX)}", f"at most {limit} characters fit", name
            )
    if place.country and not is_country(place.country.upper()):
        message = f"{place.country!r} is not a country of ISO 3166"
        fix = "use two letters such as DE"
        yield Fault("place.country", message, f"{PREFIX}country", "BR-57", fix)
