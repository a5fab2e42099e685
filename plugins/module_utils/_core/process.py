# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs are started in one way: an argument list, no shell, captured output, a time limit."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional, Protocol

from .errors import CommandError


@dataclass(frozen=True)
class Completed:
    """What a finished program left: its exit code and its output as text."""

    returncode: int
    stdout: str
    stderr: str


class Runner(Protocol):
    """Starts a program and waits for it; tests pass their own."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 60.0,
        check: bool = True,
        stdin: Optional[str] = None,
        env: Optional[Mapping[str, str]] = None,
    ) -> Completed:
        """Run ``argv``; see :func:`run`."""


def run(
    argv: Sequence[str],
    *,
    timeout: float = 60.0,
    check: bool = True,
    stdin: Optional[str] = None,
    env: Optional[Mapping[str, str]] = None,
) -> Completed:
    """Run a program to its end.

    Args:
        argv: the program and its arguments; never passed through a shell.
        timeout: seconds after which it is killed.
        check: raise when the exit code is not 0.
        stdin: text for its standard input.
        env: variables added to the environment.

    Raises:
        CommandError: it could not be started, ran out of time, or (with ``check``) failed.
    """
    done = _ended(argv, timeout, stdin, env)
    if check and done.returncode != 0:
        raise CommandError(
            "program failed",
            on=" ".join(argv),
            expected="exit code 0",
            found=f"exit code {done.returncode}: {tail(done.stderr or done.stdout)}",
        )
    return done


def _ended(
    argv: Sequence[str],
    timeout: float,
    stdin: Optional[str],
    env: Optional[Mapping[str, str]],
) -> Completed:
    try:
        done = subprocess.run(
            list(argv),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
        )
    except FileNotFoundError as error:
        raise CommandError(
            "program not found", on=argv[0], remedy=f"install the package that has {argv[0]}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(
            "program ran out of time", on=" ".join(argv), expected=f"an end within {timeout:g} s"
        ) from error
    return Completed(done.returncode, done.stdout, done.stderr)


def tail(text: str, lines: int = 15) -> str:
    """Return the last ``lines`` lines of a program's output."""
    return "\n".join(text.strip().splitlines()[-lines:])
