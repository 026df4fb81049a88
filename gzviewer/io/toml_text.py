"""Tables as TOML text: the little of it that this program writes."""

import datetime as dt
import json
from collections.abc import Mapping

LINE_LENGTH = 100


def toml_text(table: Mapping[str, object], name: str = "") -> str:
    """A table as TOML: plain values first, then a section for each table inside it.

    Parameters
    ----------
    table
        Texts, truths, numbers, dates, lists of these, and tables.
    name
        Dotted name of the section; empty: the file itself.
    """
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    lines = [f"[{name}]"] if name and (plain or not inner) else []
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    sections = ["\n".join(lines)] if lines else []
    sections += [
        toml_text(value, f"{name}.{_key(key)}" if name else _key(key)) for key, value in inner.items()
    ]
    return "\n\n".join(section.strip("\n") for section in sections) + "\n"


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if is_bare else _text(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _text(value)
        case list() | tuple():
            parts = [_value(part) for part in value]
            line = f"[{', '.join(parts)}]"
            return (
                line
                if len(line) < LINE_LENGTH
                else "".join(["[\n", *(f"  {part},\n" for part in parts), "]"])
            )
        case dict():  # inside a list, where it can have no section of its own
            return "{" + ", ".join(f"{_key(key)} = {_value(part)}" for key, part in value.items()) + "}"
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
    raise AssertionError(f"{value!r} is nothing that TOML can hold here")


def _text(text: str) -> str:
    """A JSON string is a TOML string but for one letter."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
