"""Named tuples that cost next to nothing to define.

`typing.NamedTuple` takes an eighth of a millisecond for each class, mostly to compile annotations and a constructor.
With ninety classes that is a twentieth of a run over a Space, and more of one that finds it unchanged. To type checkers
and to those who use it this one is the same; `tests/test_records.py` holds it against the original.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    try:
        from _collections import _tuplegetter as getter
    except ImportError:
        from operator import itemgetter

        def getter(index: int, doc: str | None) -> property:
            return property(itemgetter(index), doc=doc)

    new = tuple.__new__

    class _Defining(type):
        """Makes the class: a tuple with an attribute for each annotation in the body."""

        def __new__(meta, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body[field] for field in fields if field in body}
            for index, field in enumerate(fields):
                body[field] = getter(index, None)
            body |= {"__slots__": (), "__match_args__": fields, "_fields": fields, "_field_defaults": defaults}
            return super().__new__(meta, name, bases, body)

    class NamedTuple(tuple, metaclass=_Defining):
        def __new__(cls, /, *values: Any, **named: Any) -> Any:
            fields = cls._fields
            if not named and len(values) == len(fields):
                return new(cls, values)
            if named:
                values += tuple(_rest(cls, fields[len(values) :], named))
            elif len(values) < len(fields):
                # The defaults are the last ones; where there are too few, the count shows it.
                values += tuple(cls._field_defaults.values())[len(values) - len(fields) :]
            if named or len(values) != len(fields):
                raise TypeError(f"{cls.__name__}() takes {', '.join(fields)}; {len(values)} values were given")
            return new(cls, values)

        def __repr__(self) -> str:
            parts = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({parts})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def _replace(self, **changes: Any) -> Any:
            values = [changes.pop(field, value) for field, value in zip(self._fields, self, strict=True)]
            if changes:
                raise TypeError(f"{type(self).__name__} has no {', '.join(changes)}")
            return new(type(self), values)

    def _rest(cls: type, fields: tuple[str, ...], named: dict[str, Any]) -> Any:
        """The values of the fields that were not given by position, taken out of `named`."""
        for field in fields:
            if field in named:
                yield named.pop(field)
            elif field in cls._field_defaults:
                yield cls._field_defaults[field]
            else:
                raise TypeError(f"{cls.__name__}() misses {field}")
