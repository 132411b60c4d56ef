"""Segment tables and longest values of the messages, from UNTDID D.96A and D.01B.

The tables keep order and nesting only. Lengths are those of the directories' element attributes
(``an..35`` is 35), per segment as ``composite:components+next element``; EANCOM narrows none of
what is written here.
"""

from __future__ import annotations

from acquit.core.codecs.edi.segments import Group, table

_PARTY = "[NAD LOC FII [RFF DTM] [DOC DTM] [CTA COM]]"
_ALLOWANCE = "[ALC ALI DTM [RFF DTM] [QTY RNG] [PCD RNG] [MOA RNG] [RTE RNG] [TAX MOA]]"
_TRANSPORT = "[TDT [LOC DTM] [RFF DTM]] [TOD LOC] [PAC MEA [PCI RFF DTM GIN]]"

INVOIC = table(
    f"UNH BGM DTM PAI ALI IMD FTX LOC GIS DGS [RFF DTM] {_PARTY} [TAX MOA LOC] [CUX DTM] "
    f"[PAT DTM PCD MOA PAI FII] {_TRANSPORT} {_ALLOWANCE} [RCS RFF DTM FTX] "
    "[LIN PIA IMD MEA QTY PCD ALI DTM GIN GIR QVR EQD FTX DGS [MOA CUX] [PAT DTM PCD MOA] "
    "[PRI CUX APR RNG DTM] [RFF DTM] [PAC MEA EQD [PCI RFF DTM GIN]] [LOC QTY DTM] "
    f"[TAX MOA LOC] {_PARTY} {_ALLOWANCE} {_TRANSPORT} [RCS RFF DTM FTX]] "
    "[UNS CNT [MOA [RFF DTM]] [TAX MOA] [ALC ALI MOA]] UNT"
)
_ORDER_LINE = (
    "[LIN PIA IMD MEA QTY PCD ALI DTM MOA GIN GIR QVR DOC PAI FTX [CCI CAV MEA] "
    "[PAT DTM PCD MOA] [PRI CUX APR RNG DTM] [RFF DTM] "
    "[PAC MEA QTY DTM [RFF DTM] [PCI RFF DTM GIN]] "
    f"[LOC QTY DTM] [TAX MOA LOC] {_PARTY} {_ALLOWANCE} {_TRANSPORT} [SCC FTX RFF [QTY DTM]]]"
)
ORDERS = table(
    f"UNH BGM DTM PAI ALI IMD FTX [RFF DTM] {_PARTY} [TAX MOA LOC] [CUX PCD DTM] "
    f"[PAT DTM PCD MOA] {_TRANSPORT} [SCC FTX RFF [QTY DTM]] [APR DTM RNG] {_ALLOWANCE} "
    f"{_ORDER_LINE} [UNS MOA CNT [ALC ALI MOA]] UNT"
)
ORDRSP = table(
    f"UNH BGM DTM PAI ALI IMD FTX [AJT FTX] [RFF DTM] {_PARTY} [TAX MOA LOC] [CUX PCD DTM] "
    f"[PAT DTM PCD MOA] {_TRANSPORT} [SCC FTX RFF [QTY DTM]] [APR DTM RNG] {_ALLOWANCE} "
    f"{_ORDER_LINE} [UNS MOA CNT [ALC ALI MOA]] UNT"
)
DESADV = table(
    "UNH BGM DTM ALI MEA MOA [RFF DTM] [NAD LOC [RFF DTM] [CTA COM]] [TOD LOC FTX] "
    "[TDT PCD [LOC DTM]] [EQD MEA SEL EQA [HAN FTX]] "
    "[CPS FTX [PAC MEA QTY [HAN FTX] [PCI RFF DTM GIR [GIN DLM]]] "
    "[LIN PIA IMD MEA QTY ALI GIN GIR DLM DTM FTX MOA [RFF DTM] [DGS QTY FTX] [LOC NAD DTM QTY] "
    "[SGP QTY] [PCI DTM MEA QTY [GIN DLM] [HAN FTX GIN]] [QVR DTM]]] CNT UNT"
)
REMADV = table(
    "UNH BGM DTM RFF FII PAI FTX [NAD [CTA COM]] [CUX DTM] "
    "[DOC MOA DTM RFF NAD [CUX DTM] [AJT MOA RFF FTX] [INP FTX] [DLI MOA PIA DTM [CUX DTM] "
    "[AJT MOA RFF FTX] [INP FTX]]] [UNS MOA] [AUT DTM] UNT"
)
APERAK = table("UNH BGM DTM FTX CNT [DOC DTM] [RFF DTM] [NAD CTA COM] [ERC FTX [RFF FTX]] UNT")
CONTRL = table("UNH [UCI [UCM [UCS UCD]] [UCF [UCM [UCS UCD]]]] UNT")

_TEXTS = "35:35:35:35:35"
_COMMON = {
    "DTM": "3:35:3",
    "PAI": "3:3:3:3:3:3",
    "LOC": "3+25:3:3:70",
    "CTA": "3+17:35",
    "COM": "512:3",
    "TAX": "3+3:3:3:35+6:3:3+15+7:3:3:17:12:3+3+20",
    "CUX": "3:3:3:4+3:3:3:4+12+3",
    "PAT": "3+17:3:3:35:35+3:3:3:3",
    "PCD": "3:10:3:3:3",
    "ALC": "3+35:3+3+3+3:3:3:35:35",
    "LIN": "6+3+35:3:3:3",
    "PIA": "3+35:3:3:3+35:3:3:3+35:3:3:3+35:3:3:3+35:3:3:3",
    "PRI": "3:15:3:3:9:3",
    "ALI": "3",
    "UNS": "1",
    "CNT": "3:18:3",
    "DOC": "3:3:3:35+35:3:35:3",
    "AJT": "3+6",
    "ERC": "8:3:3",
    "CPS": "12+12+3",
    "PAC": "8+3+17:3:3:35",
    "PCI": "3+35",
    "GIN": "3+35:35",
    "UCI": "14+35:4:14+35:4:14+3+3+3+3:3",
    "UCM": "14+6:3:3:3:6+3+3+3+3:3",
    "UCS": "6+3",
    "UCD": "3+3:3",
}
_D96A = {
    "BGM": "3:3:3:35+35+3+3",
    "FTX": "3+3+3:3:3+70:70:70:70:70+3",
    "RFF": "3:35:6:35",
    "NAD": f"3+17:3:3+{_TEXTS}+{_TEXTS}:3+35:35:35+35+9+9+3",
    "FII": "3+17:35:35:3+11:3:3:17:3:3:70:70+3",
    "MOA": "3:18:3:3:3",
    "IMD": "3+3+17:3:3:35:35:3",
    "QTY": "3:15:3",
}
_D01B = {
    "BGM": "3:17:3:35+35:9:6+3+3",
    "FTX": "3+3+17:17:3+512:512:512:512:512+3",
    "RFF": "3:70:6:35:6",
    "NAD": f"3+35:17:3+{_TEXTS}+{_TEXTS}:3+35:35:35:35+35+9:17:3:70+17+3",
    "FII": "3+35:35:35:3+11:17:3:17:17:3:70:70+3",
    "MOA": "3:35:3:3:3",
    "IMD": "3+3:17:3+17:17:3:256:256:3",
    "QTY": "3:35:8",
}
Lengths = dict[str, tuple[tuple[int, ...], ...]]


def _lengths(texts: dict[str, str]) -> Lengths:
    return {
        tag: tuple(tuple(map(int, part.split(":"))) for part in text.split("+"))
        for tag, text in texts.items()
    }


LENGTHS: dict[str, Lengths] = {
    "D96A": _lengths({**_COMMON, **_D96A}),
    "D01B": _lengths({**_COMMON, **_D01B}),
}
BY_KIND: dict[str, Group] = {
    "INVOIC": INVOIC,
    "ORDERS": ORDERS,
    "ORDRSP": ORDRSP,
    "DESADV": DESADV,
    "REMADV": REMADV,
    "APERAK": APERAK,
    "CONTRL": CONTRL,
}
