"""What the demo's companies sell: a distributor's goods, named in four languages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from acquit.stages.masterdata.commands.save_items import ItemData


@dataclass(frozen=True, slots=True)
class Good:
    """``unit`` is of UN/ECE Recommendation 20, ``euro`` the price of one in euro."""

    code: str
    unit: str
    euro: Decimal
    names: dict[str, str]  # by country of the reader


# code, unit, price in euro, then the name in Romania, Germany, France and Great Britain
_ROWS = """
PAL-1200 C62 11.90|Palet de transport 1200 x 800|Transportpalette 1200 x 800|Palette de transport 1200 x 800|Transport pallet 1200 x 800
BOX-600  C62 8.45|Ladă stivuibilă 600 x 400|Stapelbox 600 x 400|Bac gerbable 600 x 400|Stacking box 600 x 400
TAPE-50  C62 13.20|Bandă adezivă 50 mm, 6 role|Packband 50 mm, 6 Rollen|Ruban adhésif 50 mm, 6 rouleaux|Packing tape 50 mm, 6 rolls
FILM-23  C62 9.95|Folie stretch 23 my|Stretchfolie 23 my|Film étirable 23 my|Stretch film 23 my
LBL-100  C62 21.50|Etichete de expediție, 1000 buc.|Versandetiketten, 1.000 Stück|Étiquettes d’expédition, 1 000 pièces|Shipping labels, 1,000 pieces
GLV-L    PR  18.60|Mănuși de lucru, 12 perechi|Arbeitshandschuhe, 12 Paar|Gants de travail, 12 paires|Work gloves, 12 pairs
SHOE-S3  PR  64.00|Pantofi de protecție S3|Sicherheitsschuhe S3|Chaussures de sécurité S3|Safety shoes S3
HLM-W    C62 17.25|Cască de protecție albă|Schutzhelm weiß|Casque de chantier blanc|Safety helmet white
DRL-18   C62 129.00|Mașină de găurit cu acumulator 18 V|Akku-Bohrschrauber 18 V|Perceuse sans fil 18 V|Cordless drill 18 V
BIT-32   SET 24.90|Set de biți, 32 piese|Bit-Satz, 32-teilig|Coffret d’embouts, 32 pièces|Bit set, 32 pieces
SCR-440  C62 12.75|Șuruburi pentru lemn 4 x 40, 500 buc.|Holzschrauben 4 x 40, 500 Stück|Vis à bois 4 x 40, 500 pièces|Wood screws 4 x 40, 500 pieces
PNT-W10  C62 38.40|Vopsea albă de interior 10 l|Wandfarbe weiß 10 l|Peinture murale blanche 10 l|Wall paint white 10 l
BRS-SET  SET 7.80|Set de pensule|Pinselset|Jeu de pinceaux|Brush set
CBL-50   C62 58.90|Tambur de cablu 50 m|Kabeltrommel 50 m|Enrouleur de câble 50 m|Cable drum 50 m
LMP-LED  C62 33.15|Proiector LED de lucru|LED-Arbeitsleuchte|Projecteur de chantier LED|LED work light
LDR-3    C62 112.00|Scară de aluminiu 3 m|Aluminiumleiter 3 m|Échelle aluminium 3 m|Aluminium ladder 3 m
OIL-5    C62 27.30|Ulei hidraulic 5 l|Hydrauliköl 5 l|Huile hydraulique 5 l|Hydraulic oil 5 l
FLT-A    SET 41.10|Set de filtre A|Filtersatz A|Jeu de filtres A|Filter set A
SRV-H    HUR 46.00|Manoperă montaj|Montageleistung|Main-d’œuvre de pose|Fitting service
FRT      C62 15.00|Transport|Fracht|Transport|Freight
"""  # noqa: E501 - a table reads better in whole rows

_COUNTRIES = ("RO", "DE", "FR", "GB")


def _read(row: str) -> Good:
    head, *names = row.split("|")
    code, unit, euro = head.split()
    return Good(code, unit, Decimal(euro), dict(zip(_COUNTRIES, names, strict=True)))


GOODS = tuple(_read(row) for row in _ROWS.strip().splitlines())


def items(*, country: str) -> list[ItemData]:
    """The catalogue, named as in the seller's country."""
    return [ItemData(code=good.code, name=good.names[country], unit=good.unit) for good in GOODS]
