"""Texts that are not prose: what people write into the fields of a form.

The kinds are those that a field of an app holds; a text of a kind is drawn from a seeded
generator, so that lines to learn from and sets to measure on can be made again. Addresses,
names and numbers are made up, and none is looked up anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from ..errors import ModelError

__all__ = ["FIELDS", "SIGNS", "field_text"]

SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""Printable ASCII that is neither a letter, a digit nor a space."""

_SELDOM = "\\~/}><][{=^+&|_@#"  # what prose never teaches
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = _UPPER.lower()
_DIGITS = "0123456789"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ENDINGS = ("com", "org", "net", "edu", "gov", "io", "co.uk", "de", "fr", "ca", "eu", "info")
_FILES = ("txt", "pdf", "csv", "py", "html", "jpg", "png", "doc", "zip", "json", "c", "md")
_FOLDERS = ("home", "usr", "etc", "tmp", "var", "docs", "data", "src", "bin", "img", "work")
_UNITS = ("kg", "g", "km", "cm", "mm", "m", "ml", "l", "MB", "GB", "kHz", "V", "W", "%", "h", "ft")
_NAMES = (
    "Anna", "Ben", "Carla", "David", "Emma", "Frank", "Grace", "Hugo", "Ida", "Jack", "Kim",
    "Laura", "Max", "Nina", "Oscar", "Paul", "Quentin", "Rosa", "Sam", "Tina", "Uma", "Victor",
    "Wendy", "Xenia", "Yves", "Zoe", "Walter", "Olga", "Igor", "Gina", "Julia", "Ivan",
)  # fmt: skip

Random = np.random.Generator
T = TypeVar("T")


def _pick(random: Random, many: Sequence[T]) -> T:
    return many[int(random.integers(len(many)))]


def _some(random: Random, letters: str, least: int, most: int) -> str:
    return "".join(_pick(random, letters) for _ in range(int(random.integers(least, most + 1))))


def _chance(random: Random, part: float) -> bool:
    return bool(random.random() < part)


def _number_of(random: Random, most_digits: int) -> str:
    n = int(random.integers(1, most_digits + 1))
    return str(int(random.integers(10 ** (n - 1) if n > 1 else 0, 10**n)))


def _plain(random: Random, words: Sequence[str]) -> str:
    """A word of letters alone, in small letters."""
    for _ in range(20):
        word = _pick(random, words).lower()
        if word.isascii() and word.isalpha() and 2 <= len(word) <= 9:
            return word
    return _some(random, _LOWER, 3, 7)


def _prose(random: Random, words: Sequence[str]) -> str:
    return " ".join(_pick(random, words) for _ in range(int(random.integers(2, 6))))


def _word(random: Random, words: Sequence[str]) -> str:
    return _pick(random, words)


def _name(random: Random, words: Sequence[str]) -> str:
    last = _plain(random, words).capitalize()
    first = _pick(random, (*_NAMES, f"{_pick(random, _UPPER)}."))
    return _pick(random, (f"{first} {last}", f"{last}, {first}", f"Dr. {last}", last))


def _grouped(digits: str, mark: str) -> str:
    head = len(digits) % 3 or 3
    return mark.join([digits[:head], *(digits[i : i + 3] for i in range(head, len(digits), 3))])


def _number(random: Random, words: Sequence[str]) -> str:
    n = _number_of(random, 7)
    style = int(random.integers(9))
    if style == 0:
        return _grouped(n, _pick(random, (",", " ")))
    if style == 1:
        return f"{n}.{_some(random, _DIGITS, 1, 3)}"
    if style == 2:
        return f"{_pick(random, '-+')}{n}"
    if style == 3:
        return f"{_number_of(random, 3)} {_pick(random, _UNITS)}"
    if style == 4:
        return f"{_number_of(random, 2)}/{_number_of(random, 2)}"
    if style == 5:  # several, with their spaces
        return " ".join(_number_of(random, 4) for _ in range(int(random.integers(2, 6))))
    if style == 6:
        return " ".join(_some(random, _DIGITS, 3, 8))
    return n


def _date(random: Random, words: Sequence[str]) -> str:
    day, month = int(random.integers(1, 32)), int(random.integers(1, 13))
    year = int(random.integers(1900, 2040))
    name = _MONTHS[month - 1]
    mark = _pick(random, "/.-")
    return _pick(random, (
        f"{day}{mark}{month}{mark}{year}", f"{day:02}{mark}{month:02}{mark}{year % 100:02}",
        f"{year}-{month:02}-{day:02}", f"{name} {day}, {year}", f"{day} {name} {year}",
        f"{_pick(random, _DAYS)} {day} {name[:3]}", f"{month}/{day}", f"{day}. {month}. {year}",
    ))  # fmt: skip


def _time(random: Random, words: Sequence[str]) -> str:
    hour, minute = int(random.integers(24)), int(random.integers(60))
    half = _pick(random, ("am", "pm", " am", " pm", " a.m.", " p.m."))
    return _pick(random, (
        f"{hour}:{minute:02}", f"{hour:02}:{minute:02}:{int(random.integers(60)):02}",
        f"{hour % 12 or 12}:{minute:02}{half}", f"{hour % 12 or 12}{half}",
        f"{hour}:{minute:02} - {(hour + 2) % 24}:{minute:02}", f"{hour:02}.{minute:02} h",
    ))  # fmt: skip


def _money(random: Random, words: Sequence[str]) -> str:
    whole, cents = _number_of(random, 5), f"{int(random.integers(100)):02}"
    return _pick(random, (
        f"${whole}", f"${whole}.{cents}", f"${_grouped(whole, ',')}.{cents}", f"{whole}.{cents}",
        f"{whole} USD", f"EUR {whole}.{cents}", f"{whole},{cents} EUR", f"-${whole}.{cents}",
        f"$ {whole}.{cents}", f"{whole} $",
    ))  # fmt: skip


def _phone(random: Random, words: Sequence[str]) -> str:
    a, b, c = (_some(random, _DIGITS, n, n) for n in (3, 3, 4))
    land = str(int(random.integers(1, 99)))
    return _pick(random, (
        f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"+{land} {a} {b} {c}", f"{a} {b} {c}",
        f"+{land}-{a}-{b}{c}", f"0{a}/{b}{c}", f"1-800-{b}-{c}", f"{b}-{c}",
        f"{a}-{b}-{c} x{_number_of(random, 3)}",
    ))  # fmt: skip


def _host(random: Random, words: Sequence[str]) -> str:
    name = _plain(random, words)
    if _chance(random, 0.2):
        name += _pick(random, ("-", "")) + _plain(random, words)
    return f"{name}.{_pick(random, _ENDINGS)}"


def _email(random: Random, words: Sequence[str]) -> str:
    first, last = _pick(random, _NAMES).lower(), _plain(random, words)
    user = _pick(random, (
        f"{first}.{last}", f"{first}_{last}", first, f"{first[0]}{last}", f"{last}{first[0]}",
        f"{first}{_number_of(random, 3)}", f"{first[0]}.{last}", f"{last}-{first}",
        f"{first}+{last}", last,
    ))  # fmt: skip
    return f"{user}@{_host(random, words)}"


def _url(random: Random, words: Sequence[str]) -> str:
    text = _pick(random, ("http://", "https://", "www.", "https://www.", ""))
    text += _host(random, words)
    for _ in range(int(random.integers(0 if text[0] in "hw" else 1, 3))):
        text += f"/{_plain(random, words)}"
    tail = int(random.integers(8))
    if tail == 0:
        text += f"?{_pick(random, ('q', 'id', 'p', 'x'))}={_number_of(random, 3)}"
    elif tail == 1:
        text += f"/~{_pick(random, _NAMES).lower()}"
    elif tail == 2:
        text += f"#{_plain(random, words)[:4]}"
    elif tail == 3:
        text += "/"
    return text


def _code(random: Random, words: Sequence[str]) -> str:
    both = _UPPER + _DIGITS
    style = int(random.integers(7))
    if style == 0:
        return "-".join(_some(random, both, 3, 5) for _ in range(int(random.integers(2, 4))))
    if style == 1:
        return f"{_some(random, _UPPER, 1, 3)}{_some(random, _DIGITS, 2, 6)}"
    if style == 2:
        return f"{_some(random, _UPPER, 1, 2)} {_some(random, _DIGITS, 3, 4)}"
    if style == 3:
        return f"#{_some(random, _DIGITS, 2, 6)}"
    if style == 4:
        return _some(random, both, 4, 9)
    if style == 5:
        return _some(random, _LOWER + _UPPER + _DIGITS, 5, 9)
    return f"{_some(random, _DIGITS, 1, 3)}{_pick(random, _UPPER)}-{_some(random, _DIGITS, 2, 4)}"


def _program(random: Random, words: Sequence[str]) -> str:
    a, b, n = _plain(random, words)[:4], _pick(random, _LOWER), _number_of(random, 2)
    return _pick(random, (
        f"{a}[{b}] = {n};", f"if ({a} > {n}) {{", f"{a}({b}, {n});", f"{a} += {b};",
        f"{a}_{b} = {{}}", f"for ({b} = 0; {b} < {n}; {b}++)", f"*{a} = &{b};",
        f"while ({a} != {b})", f"{a} = {b} ? 0 : 1", f"{b} = ~{a} ^ {n}", f"{{{a}: \"{b}\"}}",
        f"<{a}></{a}>", f"# {a}", f"{a} | {b}", f"{a} && {b}", f"`{a}`",
    ))  # fmt: skip


def _path(random: Random, words: Sequence[str]) -> str:
    names = [
        _pick(random, _FOLDERS) if _chance(random, 0.5) else _plain(random, words)
        for _ in range(int(random.integers(1, 4)))
    ]
    file = f"{_plain(random, words)}.{_pick(random, _FILES)}"
    if _chance(random, 0.45):
        drive = _pick(random, ("C:", "D:", "E:", "\\", "..", "."))
        return "\\".join([drive, *names, file][: int(random.integers(2, len(names) + 3))])
    root = _pick(random, ("", "~", ".", "..", names[0]))
    return "/".join([root, *names, file][: int(random.integers(2, len(names) + 3))])


def _formula(random: Random, words: Sequence[str]) -> str:
    x, y, z = (_pick(random, "abcdefknpqrtuvwxyzABFEMRVXY") for _ in range(3))
    m, n, k = (_number_of(random, 2) for _ in range(3))
    op, other = _pick(random, "+-*/"), _pick(random, ("=", "<", ">", "<=", ">=", "~"))
    return _pick(random, (
        f"{m} {op} {n} = {k}", f"{m}{op}{n}={k}", f"{x} = {m}{y} {op} {n}",
        f"{x}^2 + {y}^2 = {z}^2", f"({x} + {y})^{n}", f"{x} {other} {m}", f"{x}{op}{y}{other}{z}",
        f"f({x}) = {m}{x} {op} {n}", f"{m} {other} {n}", f"[{m}, {n}]", f"{{{x}, {y}, {z}}}",
        f"|{x} - {y}| < {m}", f"{m}% + {n}%", f"({m} {op} {n}) / {k}", f"{x}_{m} {op} {y}_{n}",
        f"{x} & {y}", f"{m} > {n}", f"{{{x} | {x} > {m}}}",
    ))  # fmt: skip


def _capitals(random: Random, words: Sequence[str]) -> str:
    style = int(random.integers(6))
    if style < 2:
        return " ".join(_some(random, _UPPER, 3, 7))
    if style == 2:
        first = int(random.integers(20))
        return " ".join(_UPPER[first : first + int(random.integers(3, 7))])
    if style == 3:
        return _some(random, _UPPER, 2, 6)
    word = _plain(random, words).upper()
    return word if style == 4 else f"{word} {_plain(random, words).upper()}"


def _signs(random: Random, words: Sequence[str]) -> str:
    pool = SIGNS + 2 * _SELDOM
    if _chance(random, 0.2):
        return _some(random, _UPPER + _DIGITS + _SELDOM, 4, 8)
    row = _some(random, pool, 2, 7)
    return row if _chance(random, 0.25) else " ".join(row)


def _character(random: Random, words: Sequence[str]) -> str:
    return _pick(random, _pick(random, (_LOWER, _UPPER, _DIGITS, SIGNS, _SELDOM)))


FIELDS: dict[str, Callable[[Random, Sequence[str]], str]] = {
    "prose": _prose, "word": _word, "name": _name, "number": _number, "date": _date,
    "time": _time, "money": _money, "phone": _phone, "email": _email, "url": _url, "code": _code,
    "program": _program, "path": _path, "formula": _formula, "capitals": _capitals, "signs": _signs,
    "character": _character,
}  # fmt: skip
"""What draws a text of each kind of field, by the kind's name."""


def field_text(kind: str, random: Random, words: Sequence[str]) -> str:
    """A text of a kind.

    Parameters
    ----------
    kind : str
        One of `FIELDS`.
    random : numpy.random.Generator
    words : sequence of str
        Words that names, addresses and paths are made of; at least one.

    Returns
    -------
    str
        Printable ASCII, at least one character; words have one space between them.

    Raises
    ------
    ModelError
        If there is no such kind, or no word.

    Examples
    --------
    >>> import numpy as np
    >>> field_text("phone", np.random.default_rng(2), ["old"]).count("-") >= 0
    True
    """
    if kind not in FIELDS:
        raise ModelError(f"{kind!r} is no kind of field; there are {', '.join(FIELDS)}")
    if not words:
        raise ModelError("no words to make texts of; give at least one")
    return FIELDS[kind](random, words)
