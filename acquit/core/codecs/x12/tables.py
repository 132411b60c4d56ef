"""Order and lengths of the segments of X12 transaction sets, releases 004010 and 005010.

The tables keep order and nesting only. Lengths are least and most characters of each element.
"""

from __future__ import annotations

from acquit.core.codecs.edi.segments import Group, table
from acquit.core.codecs.x12.syntax import Lengths

_NAME = "[N1 N2 NX2 N3 N4 QTY REF PER DMG SI DTM FOB TD1 TD5 PKG]"
_CODES = "[LM LQ] [V1 R4 DTM] [FA1 FA2]"
INVOICE = table(
    f"ST BIG NTE CUR REF YNQ PER [N1 N2 N3 N4 REF PER DMG] ITD DTM FOB PID MEA PWK PKG L7 BAL "
    f"INC PAM [LM LQ] [N9 MSG] [V1 R4 DTM] [FA1 FA2] "
    "[IT1 CRC QTY CUR IT3 TXI CTP PAM MEA [PID MEA] PWK PKG PO4 ITD REF YNQ PER SDQ DTM CAD L7 SR "
    "[SAC TXI] [SLN DTM REF PID [SAC TXI] TC2 TXI] [N1 N2 N3 N4 REF PER DMG] "
    f"{_CODES}] TDS TXI CAD AMT [SAC TXI] [ISS PID] CTT SE"
)
_HEAD = (
    "CUR REF PER TAX FOB CTP PAM CSH [SAC CUR] ITD DIS INC DTM LDT LIN SI PID MEA PWK PKG TD1 "
    f"TD5 TD3 TD4 MAN PCT CTB TXI [AMT REF DTM PCT] [N9 DTM MSG] {_NAME} [LM LQ]"
)
_LINE = (
    "LIN SI CUR CN1 PO3 [CTP CUR] PAM MEA [PID MEA] PWK PO4 REF PER [SAC CUR CTP] IT8 CSH ITD DIS "
    "INC TAX FOB SDQ IT3 DTM TC2 TD1 TD5 TD3 TD4 PCT MAN MSG SPI TXI CTB [QTY SI] "
    f"[SCH TD1 TD5 TD3 TD4 REF] [ACK DTM] [PKG MEA] LS [N9 DTM MEA MSG] {_NAME} [SLN MSG PID DTM]"
)
ORDER = table(f"ST BEG {_HEAD} [PO1 {_LINE}] [CTT AMT] SE")
ORDER_ANSWER = table(f"ST BAK {_HEAD} [PO1 {_LINE}] [CTT AMT] SE")
SHIP_NOTICE = table(
    "ST BSN DTM [HL LIN SN1 SLN PRF PO4 PID MEA PWK PKG TD1 TD5 TD3 TD4 TSD REF PER CLD MAN DTM "
    "FOB PAL [N1 N2 N3 N4 REF PER FOB] [SAC CUR] [LM LQ]] CTT SE"
)
_REMITTED = (
    "[RMR NTE REF DTM [IT1 RPA QTY [REF DTM] [SAC TXI] [SLN REF]] "
    "[ADX NTE PER [REF DTM] [IT1 RPA]]]"
)
REMITTANCE = table(
    "ST BPR NTE TRN CUR REF DTM [N1 N2 N3 N4 REF PER RDM DTM] "
    f"[ENT [NM1 N2 N3 N4 REF PER] [ADX NTE PER [REF DTM]] {_REMITTED}] {_REMITTED} [ADX NTE PER] "
    "[TXP TXI] SE"
)
ACKNOWLEDGEMENT = table("ST AK1 [AK2 [AK3 AK4] AK5] AK9 SE")

_ITEMS = " ".join(["2-2 1-48"] * 10)
_COMMON = {
    "ST": "3-3 4-9",
    "SE": "1-10 4-9",
    "BIG": "8-8 1-22 8-8 1-22 1-30 1-8 2-2 2-2",
    "CUR": "2-3 3-3 4-10 2-3 3-3",
    "N1": "2-3 1-60 1-2 2-80",
    "N2": "1-60 1-60",
    "N3": "1-55 1-55",
    "N4": "2-30 2-2 3-15 2-3 1-2 1-30",
    "PER": "2-2 1-60 2-2 1-80 2-2 1-80",
    "ITD": "2-2 1-2 1-6 8-8 1-3 8-8 1-3 1-10 8-8 1-10 1-5 1-80",
    "DTM": "3-3 8-8",
    "MSG": "1-264",
    "TXI": "2-2 1-18 1-10 2-2 1-10 1-1 1-1 1-9 1-20",
    "CTP": "2-2 3-3 1-17 1-15 2-2 3-3 1-10 1-18 2-2",
    "PAM": "2-2 1-15 2-2 1-3 1-18",
    "PID": "1-1 2-3 2-2 1-12 1-80",
    "AMT": "1-3 1-18 1-1",
    "CTT": "1-6 1-10",
    "BEG": "2-2 2-2 1-22 1-30 8-8 1-30",
    "BAK": "2-2 2-2 1-22 8-8 1-30 1-30 1-8 1-30 8-8",
    "ACK": "2-2 1-15 2-2 3-3 8-8",
    "BSN": "2-2 2-30 8-8 4-8 4-4",
    "HL": "1-12 1-12 1-2 1-1",
    "SN1": "1-20 1-10 2-2",
    "PRF": "1-22 1-30 1-8 8-8",
    "MAN": "1-2 1-48",
    "TD1": "3-5 1-7",
    "TD5": "1-2 1-2 2-80 1-2 1-35",
    "NTE": "3-3 1-80",
    "BPR": "1-2 1-18 1-1 3-3 1-10 2-2 3-12 1-3 1-35 10-10 9-9 2-2 3-12 1-3 1-35 8-8",
    "TRN": "1-2 1-30",
    "ENT": "1-6",
    "RMR": "2-3 1-30 2-2 1-18 1-18 1-18",
    "ADX": "1-18 2-2 2-3 1-30",
    "AK1": "2-2 1-9",
    "AK2": "3-3 4-9",
    "AK3": "2-3 1-6 1-6 1-3",
    "AK4": "1-2 1-4 1-3 1-99",
    "AK5": "1-1 1-3 1-3 1-3 1-3 1-3",
    "AK9": "1-1 1-6 1-6 1-6 1-3",
}
_4010 = {
    "REF": "2-3 1-30 1-80",
    "N9": "2-3 1-30 1-45 8-8",
    "IT1": f"1-20 1-10 2-2 1-17 2-2 {_ITEMS}",
    "PO1": f"1-20 1-9 2-2 1-17 2-2 {_ITEMS}",
    "LIN": f"1-20 {_ITEMS}",
    "SAC": "1-1 4-4 2-2 1-10 1-15 1-1 1-6 1-9 2-2 1-10 1-10 2-2 1-30 1-20 1-80",
    "TDS": "1-15 1-15 1-15 1-15",
}
_5010 = {
    **_4010,
    "REF": "2-3 1-50 1-80",
    "N9": "2-3 1-50 1-45 8-8",
    "IT1": f"1-20 1-15 2-2 1-17 2-2 {_ITEMS}",
    "PO1": f"1-20 1-15 2-2 1-17 2-2 {_ITEMS}",
    "SAC": "1-1 4-4 2-2 1-10 1-15 1-1 1-6 1-9 2-2 1-15 1-15 2-2 1-50 1-20 1-80",
    "RMR": "2-3 1-50 2-2 1-18 1-18 1-18",
    "ADX": "1-18 2-2 2-3 1-50",
    "TRN": "1-2 1-50",
}


def _lengths(texts: dict[str, str]) -> Lengths:
    return {
        tag: tuple((int(a), int(b)) for a, b in (part.split("-") for part in text.split()))
        for tag, text in texts.items()
    }


LENGTHS: dict[str, Lengths] = {
    "4010": _lengths({**_COMMON, **_4010}),
    "5010": _lengths({**_COMMON, **_5010}),
}
BY_KIND: dict[str, Group] = {
    "810": INVOICE,
    "850": ORDER,
    "855": ORDER_ANSWER,
    "856": SHIP_NOTICE,
    "820": REMITTANCE,
    "997": ACKNOWLEDGEMENT,
}
