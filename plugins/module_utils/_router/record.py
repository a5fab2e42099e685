# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the records that the store has, of messages and of where they came from."""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from .._core.errors import InvalidInputError

# Of a message, and of one value in its JSON: the engine refuses longer terms.
LIMIT = 1 << 20
VALUE_LIMIT = 8000
JSON_LIMIT = 256 << 10
MOST_DEPTH = 12
MASK = "***"
LEVELS = ("trace", "debug", "info", "notice", "warning", "error", "critical")
# The priorities of syslog, 0 to 7.
PRIORITIES = ("critical", "critical", "critical", "error", "warning", "notice", "info", "debug")

# What is always masked, and words in lower case one of which is there where it can match: most
# messages have none. What a group "secret" holds is masked, or else the whole match.
_ALWAYS: Mapping[str, tuple[str, ...]] = {
    r"(?i)(?:password|passwd|secret|token|api[_-]?key)[\"']?\s*[:=]\s*[\"']?"
    r"(?P<secret>[^\s\"'&,;]{3,})": (
        "password", "passwd", "secret", "token", "apikey", "api_key", "api-key",
    ),
    r"(?i)authorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer)\s+(?P<secret>[\w.~+/=-]+)": (
        "authorization",
    ),
    r"://[^/\s:@]+:(?P<secret>[^@\s/]+)@": ("://",),
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<secret>[\s\S]+?)(?:-----END|$)": ("private key",),
}  # fmt: skip
MASKED = tuple(_ALWAYS)

_WORDS = {
    **{level: level for level in LEVELS},
    "warn": "warning",
    "err": "error",
    "fatal": "critical",
    "severe": "error",
    "fine": "debug",
    "panic": "critical",
    "emerg": "critical",
    "alert": "critical",
    "crit": "critical",
    "information": "info",
    "informational": "info",
    "verbose": "debug",
}
_KEYS = ("level", "severity", "lvl", "loglevel", "log.level", "levelname")
_KLOG = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d")
_KLOG_LEVELS = {"I": "info", "W": "warning", "E": "error", "F": "critical"}
_NAMED = re.compile(r"\b(?:level|severity|lvl)=\"?([A-Za-z]+)")
_BARE = re.compile(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|CRITICAL|CRIT|FATAL|SEVERE|PANIC)\b"
)
_BRACKETS = re.compile(
    r"\[(?:\w+:)?(trace|debug|info|notice|warn|warning|error|err|crit|critical|fatal|alert|emerg)\]"
)
# Without one of these the expressions need not be tried.
_NAMES = ("level=", "severity=", "lvl=")
_UPPER = (
    "INFO", "ERR", "WARN", "DEBUG", "TRACE", "NOTICE", "CRIT", "FATAL", "SEVERE", "PANIC",
)  # fmt: skip
# A level stands at the beginning of a message.
_HEAD = 200

_PUNCTUATION = str.maketrans("", "", "-:.+TZ")
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Origin:
    """Where messages come from; empty where nothing is known."""

    stack: str
    component: str = ""
    namespace: str = ""
    environment: str = ""
    release: str = ""
    pod: str = ""
    container: str = ""
    unit: str = ""


class Message(NamedTuple):
    """A message: time with nanoseconds (RFC 3339), bytes, and what tells it from all others."""

    time: str
    stream: str
    text: bytes
    key: str
    cut: bool = False
    level: str = ""


class Record(NamedTuple):
    """A record: the stream of the store that takes it, its identity, and its JSON."""

    destination: str
    id: str
    body: bytes


class Encoder:
    """Makes records.

    Args:
        node: name of this host in the inventory.
        environment: of what belongs to no stack.
        masked: regular expressions of what no record shall have.

    Raises:
        InvalidInputError: a pattern is none.
    """

    def __init__(self, node: str, environment: str, masked: Iterable[str] = MASKED) -> None:
        self._node = node
        self._environment = environment
        self._masked = [(_compiled(pattern), _ALWAYS.get(pattern, ())) for pattern in masked]
        self._common = functools.lru_cache(1024)(self._shared)

    def record(self, message: Message, origin: Origin) -> Record:
        """Return the record of a message."""
        text, cut = self.text(message.text)
        parsed = _object(text)
        destination, common = self._common(origin, message.stream)
        identity = self._identity(message)
        level = message.level or level_of(text, parsed)
        parts = [f'{{"@timestamp":{_json(message.time or _now())},"message":{_json(text)}']
        if level:
            parts.append(f',"level":"{level}"')
        parts.append(f'{common},"id":"{identity}"')
        if parsed:
            parts.append(f',"json":{_json(parsed)}')
        parts.append(',"cut":true}' if cut or message.cut else "}")
        # A lone surrogate, which JSON can name, is no text.
        return Record(destination, identity, "".join(parts).encode("utf-8", "replace"))

    def _identity(self, message: Message) -> str:
        """Return what the same message always has, and no other one.

        It begins with the time: what is written together is together in the store's index, which
        looks for an identity far quicker then.
        """
        place = f"{self._node} {message.key} {message.time}".encode("utf-8", "replace")
        # Tells records apart, protects nothing.
        place_hash = hashlib.sha1(place).hexdigest()[:16]  # noqa: S324
        stamp = message.time[:23].translate(_PUNCTUATION)
        return stamp + place_hash if stamp.isdecimal() and stamp.isascii() else place_hash

    def _shared(self, origin: Origin, stream: str) -> tuple[str, str]:
        """Return the destination, and the part of the JSON that all messages of an origin have."""
        environment = origin.environment or self._environment
        fields = {
            "stream": stream,
            "environment": environment,
            "namespace": origin.namespace,
            "stack": origin.stack,
            "component": origin.component,
            "release": origin.release,
            "pod": origin.pod,
            "container": origin.container,
            "node": self._node,
            "unit": origin.unit,
        }
        known = {name: value for name, value in fields.items() if value != ""}
        return index_of(environment, origin.stack), f",{_json(known)[1:-1]}"

    def text(self, content: bytes) -> tuple[str, bool]:
        """Return a message's text without secrets, and whether it was cut."""
        cut = len(content) > LIMIT
        text = content[:LIMIT].decode("utf-8", "replace")
        # Other letters than ASCII's may be forms of those in an expression.
        lowered = text.lower() if text.isascii() else ""
        for pattern, words in self._masked:
            if not (words and lowered) or _has(lowered, words):
                text = pattern.sub(_mask, text)
        return text, cut


def index_of(environment: str, stack: str) -> str:
    """Return the name of the stream of the store for a stack of an environment."""
    return f"logs-{environment}-{stack}".lower()


def level_of(text: str, parsed: Mapping[str, Any]) -> str:
    """Return the level that a message has, or nothing when it cannot be told."""
    if parsed:
        for key in _KEYS:
            if key in parsed:
                return _level(parsed[key])
    head = text[:_HEAD]
    match = _KLOG.match(head)
    if match:
        return _KLOG_LEVELS[match[1]]
    if _has(head, _NAMES):
        match = _NAMED.search(head)
        if match and match[1].lower() in _WORDS:
            return _WORDS[match[1].lower()]
    bare = _BARE.search(head) if _has(head, _UPPER) else None
    inside = _BRACKETS.search(head) if "[" in head else None
    found = [one for one in (bare, inside) if one]
    return _WORDS[min(found, key=lambda one: one.start())[1].lower()] if found else ""


def _has(text: str, words: Iterable[str]) -> bool:
    for word in words:  # noqa: SIM110 (a generator takes three times as long)
        if word in text:
            return True
    return False


def _level(value: object) -> str:
    # Numbers as bunyan and pino have them: 10 is trace, 60 is fatal.
    if isinstance(value, int) and not isinstance(value, bool) and 10 <= value <= 60:
        return ("trace", "debug", "info", "warning", "error", "critical")[value // 10 - 1]
    return _WORDS.get(str(value).strip().lower(), "")


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise InvalidInputError(
            "not a regular expression",
            on="landfall_logging.masked",
            expected="one that Python's module re takes; a group named secret is what is masked",
            found=f"{pattern} ({error})",
        ) from error


def _mask(match: re.Match[str]) -> str:
    if match.re.groupindex.get("secret") and match["secret"] is not None:
        begin, end = match.span("secret")
        whole, offset = match[0], match.start()
        return whole[: begin - offset] + MASK + whole[end - offset :]
    return MASK


def _object(text: str) -> dict[str, Any]:
    """Return the object that a message is, or an empty one."""
    if text[:1] != "{" or len(text) > JSON_LIMIT:
        return {}
    try:
        found = json.loads(text, parse_constant=_refuse)
        return _tame(found, 0) if isinstance(found, dict) else {}
    except (ValueError, RecursionError):
        return {}


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _tame(value: Any, depth: int) -> Any:
    """Return a value that the engine takes: no empty names, nothing too long or too deep."""
    if depth > MOST_DEPTH:
        return json.dumps(value)[:VALUE_LIMIT]
    if isinstance(value, dict):
        return {(key.strip(". ") or "_"): _tame(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_tame(one, depth + 1) for one in value]
    return value[:VALUE_LIMIT] if isinstance(value, str) else value


def _now() -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
