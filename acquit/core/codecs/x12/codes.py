"""Codes of X12 beside those of the canonical document: units, item numbers, party numbers."""

from __future__ import annotations

from acquit.core.codecs.edi.envelope import DUNS, GLN

# X12 element 355 by UN/ECE Recommendation 20. Units without a code of X12 are mutually defined in
# an 810, with the unit in an own reference; other sets refuse them.
OTHER_UNIT = "ZZ"
UNITS: dict[str, str] = {
    "C62": "UN",
    "EA": "EA",
    "H87": "PC",
    "KGM": "KG",
    "GRM": "GR",
    "TNE": "MT",
    "LBR": "LB",
    "ONZ": "OZ",
    "MTR": "MR",
    "CMT": "CM",
    "MMT": "MM",
    "KMT": "KM",
    "FOT": "FT",
    "INH": "IN",
    "YRD": "YD",
    "MTK": "SM",
    "FTK": "SF",
    "MTQ": "CR",
    "FTQ": "CF",
    "LTR": "LT",
    "MLT": "ML",
    "GLL": "GA",
    "HUR": "HR",
    "MIN": "MJ",
    "DAY": "DA",
    "WEE": "WK",
    "MON": "MO",
    "ANN": "YR",
    "KWH": "KH",
    "XBX": "BX",
    "XCT": "CT",
    "XCS": "CA",
    "XPK": "PK",
    "XPX": "PL",
    "XRO": "RL",
    "XBG": "BG",
    "XBO": "BO",
    "XPA": "PH",
    "SET": "ST",
    "PR": "PR",
    "DZN": "DZ",
    "E48": "SV",
    "LS": "LO",
}
_FROM_X12 = {code: unit for unit, code in UNITS.items()}

# Element 235: which number of the item. A GTIN has a qualifier by its length.
SELLER_ITEM, BUYER_ITEM, ORDER_LINE, ORIGIN = "VP", "BP", "PL", "CH"
SELLER_ITEMS, BUYER_ITEMS = ("VP", "VN", "SK"), ("BP", "IN", "PI")
GTINS = ("UK", "EN", "UP", "UI", "UA", "EB", "E8", "GT")
# Element 66: whose number of a party. None: a number without a list.
SCHEMES = {"UL": GLN, "1": DUNS}
BY_SELLER, BY_BUYER = "91", "92"


def unit_from(code: str) -> str:
    """The unit of Recommendation 20; a code that is unknown here stays what it is."""
    return _FROM_X12.get(code, code)


def gtin_qualifier(gtin: str) -> str:
    return {12: "UP", 14: "UK"}.get(len(gtin), "EN")
