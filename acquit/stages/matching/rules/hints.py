"""Words by which a payer says what his money is: a part, less than asked, an advance, a refund.

English, French, German, Romanian, and what is common in Dutch, Italian, Polish and Spanish, folded:
without accents, "ue" for "ü" or not. A word that means two things stands where it is used most.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Words of banks for what they keep, in the languages of the statements; not what payers say of the
# freight or of a reminder.
CHARGES = (
    r"(?<!VERSAND)(?<!FRACHT)(?<!TRANSPORT)(?<!LIEFER)(?<!VERPACKUNGS)(?<!MAHN)(?<!REISE)(?<!LAGER)"
    r"(?<!FREIGHT )(?<!SHIPPING )(?<!DELIVERY )(?<!LATE )"
    r"(?:KOSTEN|SPESEN|GEBUE?HR|ENTGELT|CHARGE|CHGS?|COMISION|BANK FEE"
    r"|FRAIS(?! (?:DE |D')?(?:PORT|TRANSPORT|LIVRAISON|EXPEDITION|ENVOI|RELANCE|RAPPEL)\b))"
)
# "Gutschrift" is also how banks call money that came in, and "abono" a payment.
_CREDIT_NOTE = (
    r"(?<!SEPA.)GUTSCHRI|\bAVOIR|STORNO|CREDIT ?NOTE|CREDITNOTA|\bCN\b|\bNC\b|NOTA (?:DE )?CREDIT"
    r"|(?:MENOS|NOTA DE) ABONO|KOREKT"
)
_PATTERNS = {
    "charges": CHARGES,
    "credit": _CREDIT_NOTE,
    "part": (
        r"\bRATE?\b|\bRATA\b|TEILZAHL|TEILBETRAG|\bPART(?:IAL|IALA|IEL|IELLE)?\b|ACOMPTE SUR"
        r"|INSTAL+MENT|ABSCHLAG|\bTRANSA\b|\bECHEANCE \d/\d\b|PARCIAL|PARZIALE|\bPLAZO\b"
        r"|DEELBETAL|\bTERMIJN\b|CZESCIOW"
    ),
    "less": (
        r"MANGEL|DAMAGE|RETOUR|RETUR|LIPSA|KUE?RZUNG|GEKUE?RZT|DEFECT|\bPRIX\b|\bPRICE\b|AVARI"
        r"|RECLAM|REKLA|\bBRUCH\b|FEHLMENGE|PREISDIFF|EINBEHALT|LITIGE|RETENUE|PENALI|\bCASSE\b"
        r"|MANQUANT|\bDAUNE|DIMINUAT|RETINUT|NECONFORM|SHORTAGE|DISPUTE|TRATTENUT|\bRESO\b"
        r"|CONTESTA|ROTURA|DESCONTAD|PRECIO|BREUK|KLACHT|INHOUDING|POTRAC|\bBRAKI?\b"
        r"|\bREMISE\b|\bREBATE|\bBONUS|RABATT|RABAIS|RISTOURNE|\bRABAT\b"
    ),
    "advance": (
        r"ANZAHLUNG|ADVANCE|VORAUS|VORKASSE|PREPAY|\bAVANS\b|DEPOSIT|PROFORMA|\bACOMPTE|\bACONT"
        r"|\bAKONTO|\bA CONTO\b|ON ACCOUNT(?! (?:NO|NR|OF)\b)|\bACCONTO|A CUENTA|ANTICIP"
        r"|AANBETAL|VOORUITBETAL|ZALICZK|PRZEDPLAT"
    ),
    "back": (
        r"ERSTATT|REFUND|REMBOURS|RAMBURS|GUTSCHRIFT|CLAIM\b|REPAYMENT|\bREMB\b|TROP PERCU|RESTITUI"
        r"|DESPAGUB|\bDOBAND|\bINTERETS\b|\bINTEREST\b|SINISTRE|RIMBORS|DEVOLUCION|REEMBOLS"
        r"|SINIESTRO|TERUGGAAF|TERUGBETAL|ZWROT|ODSZKODOW|GUTHABEN|\bZINSEN\b|\bSCHADEN\b"
    ),
}
_WORDS = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
# Words for "less" say nothing bad of the goods where they go with the discount's own word.
_LESS = re.compile(
    r"\bABZUG|\bABZ\b|\bABZU?E?GL|\bLESS\b|\bMINUS\b|DEDUCT|DEDUCTION|\bMOINS\b|\bMENOS?\b|DETRAT|\./\."
)
_DISCOUNT = re.compile(r"SKONTO|\bSKTO|DISCOUNT|ESCOMPTE|\bSCONT|\d ?(?:%|PCT\b|PROZENT)")
_MORE = re.compile(
    r"\bU\. ?A\b|\bETC\b|\bAUTRES\b|\bALTELE\b|\.\.\.|\bAND OTHERS\b|\bUND ANDERE\b|\bUSW\b"
    r"|\bE ALTRE\b|\bY OTR[AO]S\b|\bEN ANDERE\b|\bI INNE\b"
)

# Every hint has one of these in one of its words: texts without any are not searched for hints.
_STEM = re.compile(
    r"RAT|TEIL|PART|ACOMPTE|INSTAL|ABSCHL|TRANSA|ECHEANC|PARCI|PARZI|PLAZO|DEELB|TERMIJN|CZESC"
    r"|ABZ|MANGEL|DAMAG|RETO|RETU|LESS|MINUS|LIPSA|DEDUC|KURZ|KUERZ|DEFECT|PRI|AVA|RECLA|REKLA"
    r"|BRUCH|FEHLM|PREISD|EINBEH|LITIG|RETEN|PENALI|CASSE|MANQ|DAUN|DIMIN|RETIN|NECONF|SHORTA"
    r"|DISPUT|TRATT|RESO|CONTEST|ROTUR|DESCONT|PRECIO|BREUK|KLACHT|INHOUD|POTRAC|BRAK|MOINS|MENO"
    r"|DETRA|ANZAHL|ADVANC|VORA|VORK|PREPAY|DEPOS|PROFO|ACONT|AKONTO|CONTO|ACCOUNT|CUENTA"
    r"|ANTIC|AANBET|VOORUIT|ZALICZ|PRZEDP|ERSTA|REFUN|REPAY|REMB|PERCU|INTERE|RAMB|GUTSCH|CLAIM|RESTIT|DESPAG"
    r"|DOBAND|SINIS|RIMB|DEVOL|REEMB|SINIE|TERUG|ZWROT|ODSZK|GUTHAB|ZINSEN|SCHADEN|AVOIR|STORNO"
    r"|CREDIT|ABONO|KOREKT|^CN$|^NC$|REMISE|REBATE|BONUS|RABA|RISTO"
    r"|SKONTO|SKTO|DISCOU|ESCOM|SCONT|PCT|PROZ"
    r"|KOSTEN|SPESEN|GEBU|ENTGELT|CHARGE|CHGS?|FRAIS|COMISION|FEE"
    r"|^U$|^ETC$|^AUTRES$|^ALTELE$|^AND$|^UND$|^USW$|^ALTRE$|^OTR[AO]S$|^ANDERE$|^INNE$"
)
_SIGN = "./."  # "less", without a letter


def hinted(folded: str) -> tuple[frozenset[str], bool]:
    """The kinds of hints in a folded text, and whether it says that there are more documents."""
    words = {name for name, pattern in _WORDS.items() if pattern.search(folded)}
    if _DISCOUNT.search(folded):
        words.add("discount")
    elif _LESS.search(folded):
        words.add("less")
    if "charges" in words:  # what was taken off is what the bank kept
        words.discard("less")
    return frozenset(words), _MORE.search(folded) is not None


def has_sign(folded: str) -> bool:
    """Whether something that is no word hints at something."""
    return _SIGN in folded or "..." in folded or "%" in folded


@lru_cache(maxsize=10_000)
def may_hint(piece: str) -> bool:
    """Whether a run of letters may be part of a hint; a text where none may has none."""
    return _STEM.search(piece) is not None
