"""Lockboxes as banks tell them in X12."""

from __future__ import annotations

# Two batches of one deposit: a cheque for two documents, one of them less a deduction, and a
# cheque of which the bank read a number alone; then a cheque that nobody explains.
DEPOSIT = (
    "DEP*0012345*20260630**77*01*121000248*DA*1234567",
    "AMT*3*450.00",
    "QTY*41*2",
    "QTY*42*3",
    "BAT*20260630**001",
    "AMT*2*403.41",
    "QTY*42*2",
    "BPR*I*260.61*C*CHK",
    "REF*CK*000771",
    "N1*PR*ATELIER LUMIERE",
    "RMR*IV*RE-23**139.23",
    "RMR*IV*RE-24**121.38*126.38",
    "ADX*-5.00*53",
    "BPR*I*142.80*C*CHK",
    "TRN*1*772",
    "RMR*IV*RE-25",
    "BAT*20260630**002",
    "BPR*I*46.59*C*CHK",
    "TRN*1*773",
)


def interchange(*segments: str, count: int = 0) -> bytes:
    """One 823 with these segments behind its N1."""
    inner = ["ST*823*0001", "N1*LB*FIRST BANK*92*B1", *segments]
    inner.append(f"SE*{count or len(inner) + 1}*0001")
    head = (
        "ISA*00*          *00*          *ZZ*BANK           *ZZ*ACQUIT         *260630*1200*U"
        "*00401*000000007*0*P*>"
    )
    group = "GS*LB*BANK*ACQUIT*20260630*1200*1*X*004010"
    return "".join(
        f"{one}~\n" for one in (head, group, *inner, "GE*1*1", "IEA*1*000000007")
    ).encode()
