"""TOML tables to settings: every key and type is checked, and named where it is wrong."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import ModelError

__all__ = ["check_keys", "from_table"]

T = TypeVar("T")


def check_keys(table: object, known: Collection[str], where: str) -> dict[str, Any]:
    """A table's entries, if it is a table and all its keys are known.

    Parameters
    ----------
    table : object
        Of a parsed TOML file.
    known : collection of str
    where : str
        The table as errors name it, such as ``en.toml [training]``.

    Raises
    ------
    ModelError
        Names the table, the first key that is unknown, and the known ones.

    Examples
    --------
    >>> check_keys({"colour": 1}, ["size", "weight"], "a.toml [data]")
    Traceback (most recent call last):
    inkrec.errors.ModelError: a.toml [data]: unknown key 'colour'; its keys are size, weight
    """
    if not isinstance(table, dict):
        raise ModelError(f"{where} is {table!r}; it must be a table of {', '.join(known)}")
    for key in table:
        if key not in known:
            raise ModelError(f"{where}: unknown key {key!r}; its keys are {', '.join(known)}")
    return table


def from_table(
    cls: type[T],
    table: object,
    where: str,
    *,
    defaults: Mapping[str, Any] | None = None,
    fixed: Mapping[str, Any] | None = None,
) -> T:
    """A dataclass made of a TOML table.

    Parameters
    ----------
    cls : type
        A dataclass. Its fields are the keys that may be given, and their annotations the types.
    table : object
        Of a parsed TOML file.
    where : str
        The table as errors name it.
    defaults : mapping, optional
        Values in place of the class's own defaults, as JSON has them; unknown ones are passed
        over.
    fixed : mapping, optional
        Fields that no table may set.

    Raises
    ------
    ModelError
        If a key is unknown or lacking, or a value is of another type or out of its range.
    """
    fixed = fixed or {}
    kinds = get_type_hints(cls)
    names = [f.name for f in fields(cls) if f.name not in fixed]  # type: ignore[arg-type]
    values = {k: _plain(v) for k, v in (defaults or {}).items() if k in names}
    for key, value in check_keys(table, names, where).items():
        values[key] = _value(kinds[key], value, f"{where}: {key}")
    try:
        return cls(**values, **fixed)
    except ModelError as error:
        raise ModelError(f"{where}: {error}") from None
    except TypeError:
        lacking = next(
            f.name
            for f in fields(cls)  # type: ignore[arg-type]
            if f.name in names and f.name not in values and f.default is f.default_factory
        )
        raise ModelError(f"{where} lacks {lacking!r}") from None


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_KINDS: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    float: ("a number", lambda v: isinstance(v, float) or _is_whole(v)),
    int: ("a whole number", _is_whole),
    bool: ("true or false", lambda v: isinstance(v, bool)),
    str: ("a text", lambda v: isinstance(v, str) and bool(v)),
    dict: ("a table", lambda v: isinstance(v, dict)),
}


def _value(kind: Any, value: Any, what: str) -> Any:
    """A value of a field, if it has the field's type."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (kind,) = (part for part in parts if part is not type(None))
        return _value(kind, value, what)
    if origin is tuple:
        many = parts[-1] is Ellipsis
        item, fits = _KINDS[parts[0]]
        if many and fits(value):
            value = [value]  # one by itself stands for a list of one
        if not (
            isinstance(value, list) and all(map(fits, value)) and (many or len(value) == len(parts))
        ):
            count = f"{item}, or a list of such" if many else f"a list of {len(parts)}, each {item}"
            raise ModelError(f"{what} is {value!r}; it must be {count}")
        return tuple(value)
    if hasattr(kind, "parse"):
        if isinstance(value, str) and (parsed := kind.parse(value)) is not None:
            return parsed
        raise ModelError(f"{what} is {value!r}; it must be {kind.FORM}")
    expected, fits = _KINDS[origin or kind]
    if not fits(value):
        raise ModelError(f"{what} is {value!r}; it must be {expected}")
    return value
