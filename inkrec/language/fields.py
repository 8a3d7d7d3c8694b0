r"""What a field of an app holds: numbers, dates, addresses, codes, or a pattern of one's own.

A kind is a regular language (`inkrec.language.regular`) and how probable characters are where
it lets them stand. They are wide on purpose: a person who writes ``3 kg`` into a field of
numbers meant it. Kinds serve what the WICG's handwriting API calls ``recognitionType`` and
``inputType``, and what subsets are to MyScript.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ..errors import ModelError
from .pattern_syntax import parse_class
from .regular import Automaton, compile_pattern

__all__ = ["FIELDS", "Field"]


@dataclass(frozen=True, slots=True)
class _Kind:
    """How texts of a kind are spelled.

    Attributes
    ----------
    pattern : str
    spelled : float
        The part that the language model has in the letters, 0 to 1.
    upper, lower, digit, sign, space : float
        How probable such a character is beside the others, where all may stand.
    """

    pattern: str
    spelled: float = 0.0
    upper: float = 1.0
    lower: float = 1.0
    digit: float = 1.0
    sign: float = 0.3
    space: float = 4.0


def _either(*parts: str) -> str:
    return f"(?:{'|'.join(parts)})"


_MONTH = _either(
    "Jan(?:uary)?", "Feb(?:ruary)?", "Mar(?:ch)?", "Apr(?:il)?", "May", "June?", "July?",
    "Aug(?:ust)?", "Sept?(?:ember)?", "Oct(?:ober)?", "Nov(?:ember)?", "Dec(?:ember)?",
)  # fmt: skip
_WEEKDAY = _either(
    "Mon(?:day)?", "Tue(?:s|sday)?", "Wed(?:nesday)?", "Thu(?:rs|rsday)?", "Fri(?:day)?",
    "Sat(?:urday)?", "Sun(?:day)?",
)  # fmt: skip
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_ORDINAL = rf"{_DAY}(?:st|nd|rd|th|\.)?"
_YEAR = "(?:1[5-9][0-9][0-9]|2[0-9][0-9][0-9]|'?[0-9][0-9])"
_DATES = _either(
    *(rf"{_DAY}{mark}{_DAY}(?:{mark}{_YEAR})?" for mark in ("/", r"\. ?", "-")),
    rf"(?:{_ORDINAL} (?:of )?|{_DAY}-){_MONTH}\.?(?:[-,]? ?{_YEAR})?",
    rf"{_MONTH}\.?(?: {_ORDINAL})?(?:,? {_YEAR})?",
    r"[12][0-9]{3}(?:-[01][0-9](?:-[0-3][0-9])?|/[01][0-9](?:/[0-3][0-9])?)?",
)
_DATE = rf"{_WEEKDAY}|(?:{_WEEKDAY}[.,]? )?{_DATES}"

_HOUR = "(?:[01]?[0-9]|2[0-4])"
_HALF = r" ?(?:[ap]\.?m\.?|[AP]\.?M\.?)"
_CLOCK = (
    rf"{_HOUR}(?:[:.][0-5][0-9](?:[:.][0-5][0-9])?(?:{_HALF}| ?h)?|{_HALF}"
    r"| ?h(?: ?[0-5][0-9])?| o'clock)"
)
_TIME = rf"{_CLOCK}(?: ?- ?{_CLOCK})?"

_UNIT = _either(
    "[kcmd]?[mg]", "mg", "[cm]?l", "[KMGT]?B", "[kMG]?Hz", "k?[VWJN]", "mm", "%", "h", "min", "s",
    "ft", "in", "lbs?", "oz", "mi", "km/h", "mph", "C", "F", "pcs", "[%\u00b0]",
)  # fmt: skip
_DIGITS = r"(?:\d+|\d{1,3}(?:[, ']\d{3})+)"
_NUMBER = rf"[-+]?(?:{_DIGITS}(?:[.,]\d+)?|[.,]\d+)"
_NUMBERS = rf"[#(]?{_NUMBER}(?:[/:*x=-]{_NUMBER})*\)?(?: ?{_UNIT})?"
_CURRENCY = "(?:[$\u00a3\u20ac\u00a5]|USD|EUR|GBP|CHF|CAD|AUD|JPY|US\\$|dollars|euros|pounds|cents)"
_AMOUNT = rf"{_DIGITS}(?:[.,](?:\d{{1,3}}|-))?"
_MONEY = rf"[-+]?(?:{_CURRENCY} ?)?-?{_AMOUNT}(?: ?[kKM])?(?: ?{_CURRENCY})?"
_PHONE = r"(?:\+ ?)?(?:\(\+?\d+\)|\d+)(?:[-. /]{0,2}(?:\d+|\(\d+\))){0,9}(?: ?(?:x|ext\.?|#) ?\d+)?"

_LABEL = r"[\p{L}\p{N}]+(?:-+[\p{L}\p{N}]+)*"
_NUMBERED_HOST = r"\d{1,3}(?:\.\d{1,3}){3}"
_DOMAIN = _either(  # the ends of names that are most in use, and every country's
    "com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "name", "pro", "museum", "aero",
    "coop", "jobs", "mobi", "travel", "cat", "asia", "app", "dev", "xyz", "online", "shop", "site",
    "store", "tech", "blog", "cloud", "club", "live", "news", "design", "email", "media", "studio",
    "space", "world", "life", "today", "top", "work", "zone", "local", "[a-z]{2}",
)  # fmt: skip
_NAMED_HOST = rf"{_LABEL}(?:\.{_LABEL})*\.{_DOMAIN}"
_EMAIL = rf"[\p{{L}}\p{{N}}_+%]+(?:[-.+_'][\p{{L}}\p{{N}}_+%]+)*@{_NAMED_HOST}"
_SEGMENT = r"[\p{L}\p{N}~_.%+,:;@!$'()*-]"
_ASKED = r"[\p{L}\p{N}~_.%+,:;@!$&'()*=/?-]"
_URL = (
    rf"(?:(?:https?|ftp|file)://|mailto:)?(?:{_NAMED_HOST}|{_NUMBERED_HOST}|localhost)(?::\d+)?"
    rf"(?:/{_SEGMENT}*)*(?:\?{_ASKED}*)?(?:#{_ASKED}*)?"
)

_PART = r"[\p{L}\p{N}]+"
_CODE = rf"#?{_PART}(?:(?:[-/_.:#+*]| )?{_PART})*"
_LETTERS = r"\p{L}+(?:['-]\p{L}+)*"
_WORD = rf"[\"'(]?(?:{_LETTERS}|\d+)[.,;:!?)\"']{{0,2}}"
_PARTICLE = _either(
    "a[fl]",
    "bin",
    "d[aeiou]",
    "de[lnr]",
    "do[s]",
    "dell[ae]",
    "e[l]?",
    "l[ae]",
    "of",
    "te[nr]",
    "the",
    "van",
    "von",
    "y",
    "zu[mr]?",
    "d'",
    "l'",
)
_PERSON = rf"(?:(?:{_PARTICLE}[ -]?)?\p{{Lu}}\p{{L}}*(?:['-]\p{{L}}+)*\.?)"
_NAME = rf"(?:{_PARTICLE} )*{_PERSON}(?:(?:,? | ?& ?)(?:{_PARTICLE} )*{_PERSON})*"
_CAPITALS = r"[\p{Lu}\p{N} .,:;'&/()!?+-]*\p{Lu}[\p{Lu}\p{N} .,:;'&/()!?+-]*"

_KINDS: dict[str, _Kind] = {
    "word": _Kind(_WORD, spelled=0.97, upper=0.3, sign=0.1),
    "name": _Kind(_NAME, spelled=0.8, lower=0.7, sign=0.05),
    "number": _Kind(rf"{_NUMBERS}(?:(?:[,;]? ){_NUMBERS})*", upper=0.02, lower=0.02, sign=0.15),
    "date": _Kind(_DATE),
    "time": _Kind(_TIME),
    "money": _Kind(_MONEY, upper=0.1, lower=0.02),
    "phone": _Kind(_PHONE, lower=0.05),
    "email": _Kind(_EMAIL, spelled=0.7, upper=0.02, lower=2.0),
    "url": _Kind(_URL, spelled=0.7, upper=0.05, lower=2.0),
    "code": _Kind(_CODE, lower=0.15, sign=0.3),
    "capitals": _Kind(_CAPITALS, digit=0.03, sign=0.02),
    "character": _Kind(r"\S", sign=1.0),
}

FIELDS = ("prose", *_KINDS)
"""Names of what a field can hold."""


@dataclass(frozen=True, slots=True)
class Field:
    r"""What a field holds: a kind, a set of characters, or a pattern; one of the three.

    Parameters
    ----------
    kind : str, optional
        One of `FIELDS`: ``prose``, ``word``, ``name``, ``number``, ``date``, ``time``,
        ``money``, ``phone``, ``email``, ``url``, ``code``, ``capitals``, ``character``.
    characters : str, optional
        The only ones that are written, in any order: ``"0-9+"`` are the digits and the plus;
        a ``-`` at the beginning or end is itself. The space is always one of them.
    pattern : str, optional
        A regular expression of the whole text, such as ``r"[A-Z]{2}\d{4}"``; see
        `inkrec.language.pattern_syntax`.

    Raises
    ------
    ModelError
        If none or several are given, or there is no such kind.

    Examples
    --------
    >>> Field("number"), Field(pattern="[A-Z]{2}[0-9]{4}")
    (Field('number'), Field(pattern='[A-Z]{2}[0-9]{4}'))
    """

    kind: str | None = None
    characters: str | None = None
    pattern: str | None = None

    def __post_init__(self) -> None:
        if sum(v is not None for v in (self.kind, self.characters, self.pattern)) != 1:
            raise ModelError("a field is a kind, a set of characters or a pattern; give one")
        if self.kind is not None and self.kind not in FIELDS:
            raise ModelError(f"{self.kind!r} is no kind of field; there are {', '.join(FIELDS)}")

    def __repr__(self) -> str:
        if self.kind is not None:
            return f"Field({self.kind!r})"
        name = "pattern" if self.characters is None else "characters"
        return f"Field({name}={getattr(self, name)!r})"

    @classmethod
    def of(cls, field: Field | str | None) -> Field | None:
        """The field that a hint names; None for prose, which restricts nothing.

        Raises
        ------
        ModelError
            If it is neither a `Field` nor a kind's name.
        """
        if isinstance(field, str):
            field = cls(field)
        if not (field is None or isinstance(field, cls)):
            raise ModelError(
                f"field is {field!r}; it must be an inkrec.Field or one of {', '.join(FIELDS)}"
            )
        return None if field is None or field.kind == "prose" else field

    @property
    def spelled(self) -> float:
        """The part that the language model has in the letters, 0 to 1."""
        return _KINDS[self.kind].spelled if self.kind else 0.0

    def automaton(self, symbols: tuple[str, ...]) -> Automaton:
        """The texts that fit, as an automaton over an alphabet.

        Raises
        ------
        ModelError
            If the pattern or the characters cannot be used with it.
        """
        return _automaton(self, symbols)

    def weights(self, symbols: tuple[str, ...]) -> list[float]:
        """How probable each symbol is beside others where they may stand; the blank's first."""
        kind = _KINDS[self.kind] if self.kind else _Kind("", sign=1.0, space=0.3)

        def weight(symbol: str) -> float:
            if symbol.isspace():
                return kind.space
            if symbol.isalpha():
                return kind.upper if symbol.isupper() else kind.lower
            return kind.digit if symbol.isdecimal() else kind.sign

        return [0.0, *map(weight, symbols)]


@lru_cache(maxsize=64)
def _automaton(field: Field, symbols: tuple[str, ...]) -> Automaton:
    if field.characters is not None:
        held = parse_class(field.characters, symbols) | {" "}
        after = {i: 0 for i, symbol in enumerate(symbols, 1) if symbol in held}
        return Automaton((after,), (True,))
    pattern = field.pattern if field.kind is None else _KINDS[field.kind].pattern
    return _between_spaces(compile_pattern(pattern or "", symbols), symbols)


def _between_spaces(automaton: Automaton, symbols: tuple[str, ...]) -> Automaton:
    """The automaton with spaces allowed around a text, as a beam has them for a while."""
    if " " not in symbols:
        return automaton
    space, end = symbols.index(" ") + 1, len(automaton.following)
    following = [
        after if space in after or not accepts else {**after, space: end}
        for after, accepts in zip(automaton.following, automaton.accepting, strict=True)
    ]
    return Automaton((*following, {space: end}), (*automaton.accepting, True))
