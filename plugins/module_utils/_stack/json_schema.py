# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Schema (draft 2020-12) of stacks, made from the kinds that read them.

Editors complete and check with it. What one field alone cannot tell (references, names that must
exist) only reading tells. Descriptions are those of the model.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Mapping
from typing import Any

from . import kinds
from .model import Stack
from .schema import Choice, Flag, Free, Kind, ListOf, MapOf, Nested, Scalar, Tagged, Text, Whole
from .schema import kinds as fields_of

Schema = dict[str, Any]
_MANY = 1000
_TEXTS = {
    kind: name.lower().replace("_", "-")
    for name, kind in vars(kinds).items()
    if isinstance(kind, Text)
}
_ATTRIBUTE = re.compile(r"^ {4}(\w+): ((?:.|\n(?! {4}\S))*)", re.MULTILINE)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def stack_schema() -> Schema:
    """Return the schema of a stack's file."""
    definitions: dict[str, Schema] = {}
    own = _model(Stack, definitions)
    return {"$schema": DIALECT, "title": "A stack of Landfall", **own, "$defs": definitions}


def _schema(kind: Kind, definitions: dict[str, Schema]) -> Schema:
    if isinstance(kind, (Text, Scalar, Whole, Flag, Choice, Free)):
        return _leaf(kind, definitions)
    if isinstance(kind, ListOf):
        return _list(kind, definitions)
    if isinstance(kind, MapOf):
        return _map(kind, definitions)
    if isinstance(kind, Nested):
        return _nested(kind, definitions)
    if isinstance(kind, Tagged):
        return _tagged(kind, definitions)
    raise TypeError(type(kind).__name__)


def _leaf(kind: Kind, definitions: dict[str, Schema]) -> Schema:
    if isinstance(kind, Text):
        return _named_text(kind, definitions)
    if isinstance(kind, Whole):
        return {"type": "integer", "minimum": kind.least, "maximum": kind.most}
    if isinstance(kind, Choice):
        return {"enum": list(kind.words)}
    if isinstance(kind, Flag):
        return {"type": "boolean"}
    return {"type": "object" if isinstance(kind, Free) else ["string", "number", "boolean"]}


def _named_text(kind: Text, definitions: dict[str, Schema]) -> Schema:
    if kind not in _TEXTS:
        return _text(kind)
    definitions[_TEXTS[kind]] = _text(kind)
    return {"$ref": f"#/$defs/{_TEXTS[kind]}"}


def _text(kind: Text) -> Schema:
    if kind == Text():
        return {"type": "string", "minLength": 1}
    # In JSON Schema a pattern may fit anywhere in the text, so it is tied to both ends.
    return {
        "type": "string",
        **({"type": ["string", "number"], "exclusiveMinimum": 0} if kind.numbers else {}),
        "pattern": f"^(?:{kind.pattern})$",
        "maxLength": kind.most,
        "description": _sentence(kind.what),
    }


def _list(kind: ListOf, definitions: dict[str, Schema]) -> Schema:
    found: Schema = {"type": "array", "items": _schema(kind.kind, definitions)}
    if kind.least:
        found["minItems"] = kind.least
    if kind.most < _MANY:
        found["maxItems"] = kind.most
    return {"anyOf": [_schema(kind.kind, definitions), found]} if kind.single else found


def _map(kind: MapOf, definitions: dict[str, Schema]) -> Schema:
    found: Schema = {
        "type": "object",
        "propertyNames": _schema(kind.names, definitions),
        "additionalProperties": _schema(kind.kind, definitions),
    }
    if kind.least:
        found["minProperties"] = kind.least
    if kind.most < _MANY:
        found["maxProperties"] = kind.most
    return found


def _nested(kind: Nested, definitions: dict[str, Schema]) -> Schema:
    found = _reference(kind.model, definitions)
    if not kind.short:
        return found
    return {"anyOf": [_schema(fields_of(kind.model)[kind.short].kind, definitions), found]}


def _reference(model: type[Any], definitions: dict[str, Schema]) -> Schema:
    if model.__name__ not in definitions:
        definitions[model.__name__] = {}  # so that a model that holds itself comes to an end
        definitions[model.__name__] = _model(model, definitions)
    return {"$ref": f"#/$defs/{model.__name__}"}


def _tagged(kind: Tagged, definitions: dict[str, Schema]) -> Schema:
    # One condition a type: an editor then shows the fields and the errors of that type alone.
    branches = []
    for word, model in kind.models.items():
        own = _model(model, definitions)
        own["properties"] = {kind.tag: {"const": word}, **own["properties"]}
        definitions[model.__name__] = own
        branches.append(
            {
                "if": {"properties": {kind.tag: {"const": word}}},
                "then": {"$ref": f"#/$defs/{model.__name__}"},
            }
        )
    return {
        "type": "object",
        "required": [kind.tag],
        "properties": {kind.tag: {"enum": list(kind.models)}},
        "allOf": branches,
    }


def _model(model: type[Any], definitions: dict[str, Schema]) -> Schema:
    notes = descriptions(model)
    properties = {}
    fields = fields_of(model)
    for name, field in fields.items():
        entry = _schema(field.kind, definitions)
        if field.attribute in notes:
            entry = {**entry, "description": notes[field.attribute]}
        if not field.required and _is_shown(field.default):
            entry = {**entry, "default": field.default}
        properties[name] = entry
    found: Schema = {
        "type": "object",
        "description": _sentence((inspect.getdoc(model) or "").partition("\n")[0]),
        "properties": properties,
        "additionalProperties": False,
    }
    required = [name for name, field in fields.items() if field.required]
    return {**found, "required": required} if required else found


def _is_shown(default: Any) -> bool:
    return isinstance(default, (bool, int, str)) and default != ""


def descriptions(model: type[Any]) -> Mapping[str, str]:
    """Return what the docstrings of a dataclass and its bases say of its fields."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if not dataclasses.is_dataclass(one):
            continue
        _, _, attributes = (inspect.getdoc(one) or "").partition("Attributes:\n")
        for name, text in re.findall(
            r"^ {4}(\w+): ((?:.|\n(?! {4}\S))*)", attributes, re.MULTILINE
        ):
            found[name] = _sentence(" ".join(text.replace("``", "").split()))
    return found


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
