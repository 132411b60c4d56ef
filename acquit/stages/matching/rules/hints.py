"""Words by which a payer says what his money is: a part, less than asked, an advance, a refund.

English, French, German, Romanian, and what is common in Dutch, Italian, Polish and Spanish, folded:
without accents, "ue" for "ü" or not. A word that means two things stands where it is used most.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_KEPT_MAX = 50_000  # runs of letters of which is known what they hint at
NONE: frozenset[str] = frozenset()
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
    "tax": (
        r"QUELLENST|ABZUGS?STEUER|RETINERE|RETENCION|\bIRPF\b|WITHHOLD|\bWHT\b|\bTDS\b|RITENUTA"
        r"|RETENUE A LA SOURCE|BRONBELAST|PODATEK|\bIMPOZIT"
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
_DISCOUNT = re.compile(
    r"SKONTO|\bSKTO|DISCOUNT|ESCOMPTE|\bSCONT|- ?\d+(?:[.,]\d+)? ?%"
    r"|\b(?:ESC|DTO(?: P\.?P\.?)?)\.? ?\d+(?:[.,]\d+)? ?%|\d ?% ?(?:KB|SK|ESC|DTO)\b"
)
_PER_CENT = re.compile(r"\d ?(?:%|PCT\b|PROZENT)")  # with a word for "less": a discount
# Kept back for a time as security, which stays owed: neither a discount nor a tax, though the words
# are those of taxes in some languages.
_RETAINED = re.compile(
    r"RETENTION|RETAINAGE|HOLDBACK|EINBEHALT|RETENUE DE GARANT|BUNA EXEC"
    r"|(?:RETINERE|RETINUT|RITENUTA|RETENCION).{0,12}GARAN[TZ]"
)
_MORE = re.compile(
    r"\bU\. ?A\b|\bETC\b|\bAUTRES\b|\bALTELE\b|\.\.\.|\bAND OTHERS\b|\bUND ANDERE\b|\bUSW\b"
    r"|\bE ALTRE\b|\bY OTR[AO]S\b|\bEN ANDERE\b|\bI INNE\b"
)

# Hints of several words, each told by one of its own.
_ONE_OF_SEVERAL = {
    "charges": "FEE",
    "credit": "CREDIT|ABONO",
    "part": "ACOMPTE|ECHEANCE",
    "advance": "CONTO|ACCOUNT|CUENTA",
    "back": "PERCU",
    "tax": "SOURCE",
    "less": "GARAN[TZ]|BUNA",
    "more": "^U$|OTHERS|ANDERE|ALTRE|OTR[AO]S|INNE",
}
_OF_WORDS = {
    kind: re.compile("|".join(filter(None, (*patterns, _ONE_OF_SEVERAL.get(kind)))))
    for kind, patterns in {
        **{name: (pattern.pattern,) for name, pattern in _WORDS.items()},
        "less": (_WORDS["less"].pattern, _LESS.pattern, _RETAINED.pattern),
        "discount": (_DISCOUNT.pattern,),
        "more": (_MORE.pattern,),
    }.items()
}
EVERY = frozenset(_OF_WORDS)
_SIGNS = {"./.": "less", "...": "more", "%": "discount"}  # hints without a letter


class _Kinds(dict[str, frozenset[str]]):
    """A run of letters -> the kinds of hints that it may be part of; a text has no others."""

    def __missing__(self, piece: str) -> frozenset[str]:
        if len(self) >= _KEPT_MAX:
            self.clear()
        kinds = [kind for kind, pattern in _OF_WORDS.items() if pattern.search(piece)]
        found = self[piece] = frozenset(kinds)
        return found


KINDS = _Kinds()


def kinds_of(folded: str, pieces: Iterable[str]) -> frozenset[str]:
    """The kinds of hints that a folded text may have, of which these are the runs of letters."""
    found = [kinds for kinds in map(KINDS.__getitem__, pieces) if kinds]
    found += [frozenset((kind,)) for sign, kind in _SIGNS.items() if sign in folded]
    return frozenset().union(*found) if found else NONE


def hinted(folded: str, kinds: Collection[str] = EVERY) -> tuple[frozenset[str], bool]:
    """The hints in a folded text, and whether it says that there are more documents; only these
    ``kinds`` are looked for."""
    if not kinds:
        return NONE, False
    words = {name for name, pattern in _WORDS.items() if name in kinds and pattern.search(folded)}
    is_less = "less" in kinds and _LESS.search(folded) is not None
    is_discount = "discount" in kinds and _DISCOUNT.search(folded) is not None
    if is_discount or ((is_less or "less" in words) and _PER_CENT.search(folded)):
        words.add("discount")
    elif is_less:
        words.add("less")
    if "charges" in words:  # what was taken off is what the bank kept
        words.discard("less")
    if "less" in kinds and _RETAINED.search(folded):
        words = words - {"tax", "discount"} | {"less"}
    if "tax" in words:  # what is missing was not taken off of his own accord
        words -= {"less", "discount"}
    return frozenset(words), "more" in kinds and _MORE.search(folded) is not None
