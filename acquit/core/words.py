"""Amounts in words for receipts and quittances, in English, French, German and Romanian.

>>> from acquit.core.money import Money
>>> amount_in_words(amount=Money(2_150, "RON"), language="ro")
'douăzeci și unu de lei și cincizeci de bani'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from acquit.core.money import Money, exponent

LIMIT = 10**12  # words are given below a million millions
LANGUAGES = ("en", "fr", "de", "ro")


@dataclass(frozen=True, slots=True)
class Noun:
    """How a currency or its minor unit is called: one, several, and its gender (m, f, n)."""

    one: str
    many: str
    gender: str = "m"


_NOUNS: dict[str, dict[str, tuple[Noun, Noun]]] = {
    "en": {
        "EUR": (Noun("euro", "euros"), Noun("cent", "cents")),
        "RON": (Noun("leu", "lei"), Noun("ban", "bani")),
        "GBP": (Noun("pound sterling", "pounds sterling"), Noun("penny", "pence")),
        "USD": (Noun("US dollar", "US dollars"), Noun("cent", "cents")),
    },
    "fr": {
        "EUR": (Noun("euro", "euros"), Noun("centime", "centimes")),
        "RON": (Noun("leu roumain", "lei roumains"), Noun("ban", "bani")),
        "GBP": (Noun("livre sterling", "livres sterling", "f"), Noun("penny", "pence")),
        "USD": (Noun("dollar américain", "dollars américains"), Noun("cent", "cents")),
    },
    "de": {
        "EUR": (Noun("Euro", "Euro"), Noun("Cent", "Cent")),
        "RON": (Noun("rumänischer Leu", "rumänische Lei"), Noun("Ban", "Bani")),
        "GBP": (Noun("Pfund Sterling", "Pfund Sterling"), Noun("Penny", "Pence")),
        "USD": (Noun("US-Dollar", "US-Dollar"), Noun("Cent", "Cent")),
    },
    "ro": {
        "EUR": (Noun("euro", "euro"), Noun("cent", "cenți")),
        "RON": (Noun("leu", "lei"), Noun("ban", "bani")),
        "GBP": (Noun("liră sterlină", "lire sterline", "f"), Noun("penny", "penny")),
        "USD": (Noun("dolar american", "dolari americani"), Noun("cent", "cenți")),
    },
}
_AND = {"en": "and", "fr": "et", "de": "und", "ro": "și"}
_MINUS = {"en": "minus", "fr": "moins", "de": "minus", "ro": "minus"}


def amount_in_words(*, amount: Money, language: str) -> str:
    """The amount as a sentence part; ValueError for another language or a larger amount.

    A currency without a name here keeps its code, with the minor units as a fraction.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no words in {language!r}; there are {', '.join(LANGUAGES)}")
    step = 10 ** exponent(amount.currency)
    whole, part = divmod(abs(amount.minor), step)
    nouns = _NOUNS[language].get(amount.currency)
    if nouns is None:
        text = number_in_words(value=whole, language=language) + f" {amount.currency}"
        text += f" {_AND[language]} {part:0{len(str(step)) - 1}d}/{step}" if part else ""
    else:
        text = _counted(whole, nouns[0], language)
        text += f" {_AND[language]} {_counted(part, nouns[1], language)}" if part else ""
    return f"{_MINUS[language]} {text}" if amount.minor < 0 else text


def number_in_words(*, value: int, language: str) -> str:
    """A whole number in words, as it is counted without a noun.

    >>> number_in_words(value=80, language="fr"), number_in_words(value=1_021, language="de")
    ('quatre-vingts', 'eintausendeinundzwanzig')
    """
    return _counting(language)(_checked(value), "m")


def _counted(value: int, noun: Noun, language: str) -> str:
    if language == "de" and value == 1:
        return f"{'eine' if noun.gender == 'f' else 'ein'} {noun.one}"
    if language == "ro" and value == 1:
        return f"{'o' if noun.gender == 'f' else 'un'} {noun.one}"
    words = _counting(language)(_checked(value), noun.gender)
    singular = value == 1 or (language == "fr" and value == 0)
    name = noun.one if singular else noun.many
    if language == "ro" and _takes_de(value):
        return f"{words} de {name}"
    if language == "fr" and value and value % 1_000_000 == 0:
        return f"{words} d'{name}" if name[0] in "aeiou" else f"{words} de {name}"
    return f"{words} {name}"


def _checked(value: int) -> int:
    if not 0 <= value < LIMIT:
        raise ValueError(f"{value} is not between 0 and {LIMIT - 1}")
    return value


def _counting(language: str) -> Callable[[int, str], str]:
    return {"en": _english, "fr": _french, "de": _german, "ro": _romanian}[language]


def _groups(value: int) -> tuple[int, int, int, int]:
    """Thousand millions, millions, thousands, rest: each below 1,000."""
    return value // 10**9, value // 10**6 % 1000, value // 1000 % 1000, value % 1000


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_EN_SMALL = _names(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_EN_TENS = _names("twenty thirty forty fifty sixty seventy eighty ninety")


def _english(value: int, _gender: str) -> str:
    if value == 0:
        return "zero"
    groups = _groups(value)
    parts = [
        f"{_english_hundreds(group)}{scale}"
        for group, scale in zip(groups, (" billion", " million", " thousand", ""), strict=True)
        if group
    ]
    # "one thousand and five": the "and" of the hundreds also joins a rest below one hundred.
    if len(parts) > 1 and 0 < groups[3] < 100:
        parts[-1] = f"and {parts[-1]}"
    return " ".join(parts)


def _english_hundreds(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    words = [f"{_EN_SMALL[hundreds]} hundred"] if hundreds else []
    if rest:
        words += ["and"] if hundreds else []
        tens, ones = divmod(rest, 10)
        if rest < 20:
            words.append(_EN_SMALL[rest])
        else:
            words.append(_EN_TENS[tens - 2] + (f"-{_EN_SMALL[ones]}" if ones else ""))
    return " ".join(words)


_FR_SMALL = _names(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize dix-sept dix-huit dix-neuf"
)
_FR_TENS = _names("vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt")


def _french(value: int, gender: str) -> str:
    if value == 0:
        return "zéro"
    billions, millions, thousands, rest = _groups(value)
    parts: list[str] = []
    for count, name in ((billions, "milliard"), (millions, "million")):
        if count:
            parts.append(f"{_french_hundreds(count, 'm', True)} {name}{'s' if count > 1 else ''}")
    if thousands:
        # "mille" takes no article, no plural, and no plural before it: quatre-vingt mille.
        many = _french_hundreds(thousands, "m", False) + " " if thousands > 1 else ""
        parts.append(f"{many}mille")
    if rest:
        parts.append(_french_hundreds(rest, gender, True))
    return " ".join(parts)


def _french_hundreds(value: int, gender: str, last: bool) -> str:
    hundreds, rest = divmod(value, 100)
    words = []
    if hundreds:
        plural = "s" if hundreds > 1 and rest == 0 and last else ""
        words.append((f"{_FR_SMALL[hundreds]} " if hundreds > 1 else "") + f"cent{plural}")
    if rest:
        words.append(_french_tens(rest, gender, last))
    return " ".join(words)


def _french_tens(value: int, gender: str, last: bool) -> str:
    one = "une" if gender == "f" else "un"
    if value == 1:
        return one
    if value < 20:
        return _FR_SMALL[value]
    tens, ones = divmod(value, 10)
    if tens in (7, 9):  # seventy and ninety count on from sixty and eighty
        ones += 10
    base = _FR_TENS[tens - 2]
    if value == 80:
        return f"{base}s" if last else base
    if ones == 0:
        return base
    if ones in (1, 11) and tens < 8:
        return f"{base} et {one if ones == 1 else _FR_SMALL[11]}"
    return f"{base}-{one if ones == 1 else _FR_SMALL[ones]}"


_DE_SMALL = _names(
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn sechzehn siebzehn achtzehn neunzehn"
)
_DE_TENS = _names("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")


def _german(value: int, _gender: str) -> str:
    if value == 0:
        return "null"
    billions, millions, thousands, rest = _groups(value)
    parts: list[str] = []
    for count, one, many in (
        (billions, "eine Milliarde", "Milliarden"),
        (millions, "eine Million", "Millionen"),
    ):
        if count:
            parts.append(one if count == 1 else f"{_german_hundreds(count)}{_s(count)} {many}")
    below = f"{_german_hundreds(thousands)}tausend" if thousands else ""
    below += f"{_german_hundreds(rest)}{_s(rest)}" if rest else ""
    return " ".join([*parts, below] if below else parts)


def _s(value: int) -> str:
    """Counting ends in "eins", everything inside a word in "ein"."""
    return "s" if value % 100 == 1 else ""


def _german_hundreds(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    text = f"{_DE_SMALL[hundreds]}hundert" if hundreds else ""
    if rest == 0:
        return text
    if rest < 20:
        return text + _DE_SMALL[rest]
    tens, ones = divmod(rest, 10)
    return text + (f"{_DE_SMALL[ones]}und" if ones else "") + _DE_TENS[tens - 2]


_RO_SMALL = _names(
    "zero unu doi trei patru cinci șase șapte opt nouă zece unsprezece doisprezece treisprezece "
    "paisprezece cincisprezece șaisprezece șaptesprezece optsprezece nouăsprezece"
)
_RO_TENS = _names("douăzeci treizeci patruzeci cincizeci șaizeci șaptezeci optzeci nouăzeci")
# 1, 2 and 12 follow the gender; a neuter noun counts like a masculine at 1, a feminine at 2.
_RO_FEMININE = {1: "una", 2: "două", 12: "douăsprezece"}
_RO_NEUTER = {2: "două", 12: "douăsprezece"}


def _takes_de(value: int) -> bool:
    """Romanian puts "de" before the noun from 20 on, but not after 101 to 119, 201 to 219, ..."""
    return value != 0 and not 1 <= value % 100 <= 19


def _romanian(value: int, gender: str) -> str:
    if value == 0:
        return "zero"
    billions, millions, thousands, rest = _groups(value)
    parts: list[str] = []
    for count, one, many, scale_gender in (
        (billions, "un miliard", "miliarde", "n"),
        (millions, "un milion", "milioane", "n"),
        (thousands, "o mie", "mii", "f"),
    ):
        if count == 1:
            parts.append(one)
        elif count:
            link = " de " if _takes_de(count) else " "
            parts.append(f"{_romanian_hundreds(count, scale_gender)}{link}{many}")
    if rest:
        parts.append(_romanian_hundreds(rest, gender))
    return " ".join(parts)


def _romanian_hundreds(value: int, gender: str) -> str:
    forms = {"f": _RO_FEMININE, "n": _RO_NEUTER}.get(gender, {})
    hundreds, rest = divmod(value, 100)
    words = []
    if hundreds:
        words.append(
            "o sută"
            if hundreds == 1
            else f"{_RO_FEMININE.get(hundreds) or _RO_SMALL[hundreds]} sute"
        )
    if 0 < rest < 20:
        words.append(forms.get(rest) or _RO_SMALL[rest])
    elif rest:
        tens, ones = divmod(rest, 10)
        last = f" și {forms.get(ones) or _RO_SMALL[ones]}" if ones else ""
        words.append(_RO_TENS[tens - 2] + last)
    return " ".join(words)
