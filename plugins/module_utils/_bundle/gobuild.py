# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs and files from Go modules, with the user's own proxy settings and caches of our own.

A module outside its repository lacks the ``replace`` lines of its own ``go.mod``, so a small module
is generated that requires it and repeats them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._core.errors import CommandError, InvalidInputError, LandfallError
from .._core.process import Completed, Runner, run, tail
from .catalogue import Entry
from .recipe import GoFilesRecipe, GoRecipe, fill

# The slowest build (Kubernetes, seven programs) takes six minutes on two cores when nothing is
# cached; a slow machine with one core may need ten times that.
TIMEOUT = 3600.0
_OLDEST = (1, 21)  # the first Go that fetches the toolchain that a module asks for
_FIRST = "go1.21.13"  # what an older Go fetches as an ordinary module, to fetch the others


@dataclass(frozen=True)
class Requirements:
    """What a module's own ``go.mod`` says: the Go version and its replacements."""

    go: str
    replaces: tuple[tuple[str, str], ...]  # (old "path[ version]", new "path version")


def requirements(raw: Mapping[str, Any], local_version: str) -> Requirements:
    """Read the output of ``go mod edit -json``.

    Replacements by a folder become replacements by ``local_version`` of the same module, or are
    dropped when that is empty.
    """
    replaces = []
    for line in raw.get("Replace") or []:
        old, new = line["Old"], line["New"]
        name = " ".join(filter(None, (old["Path"], old.get("Version"))))
        if new.get("Version"):
            replaces.append((name, f"{new['Path']} {new['Version']}"))
        elif local_version:
            replaces.append((name, f"{old['Path']} {local_version}"))
    return Requirements(raw.get("Go", "1.21"), tuple(replaces))


def go_mod(recipe: GoRecipe, needs: Requirements, version: str, arch: str) -> str:
    """Return the text of the generated ``go.mod``."""
    wanted = fill(recipe.module_version, version, arch)
    replaces = {
        **dict(needs.replaces),
        **{old: fill(new, version, arch) for old, new in recipe.replaces.items()},
    }
    return "\n".join(
        [
            "module landfall.internal/build",
            f"go {needs.go}",
            *(f"require {module} {wanted}" for module in (recipe.module, *recipe.modules)),
            *(f"replace {old} => {new}" for old, new in replaces.items()),
            "",
        ]
    )


def executable_name(package: str) -> str:
    """Return the name that ``go build`` gives a package's program."""
    parts = package.split("/")
    is_version = len(parts) > 1 and re.fullmatch(r"v[0-9]+", parts[-1])
    return parts[-2] if is_version else parts[-1]


def build_command(recipe: GoRecipe, version: str, arch: str, output: str) -> list[str]:
    """Return the arguments of the ``go build`` that makes all programs of a recipe."""
    flags = ["-s", "-w"]
    flags += [f"-X {name}={fill(value, version, arch)}" for name, value in recipe.stamps.items()]
    flags += ['-extldflags "-static"'] if recipe.cgo else []
    tags = [*(("netgo", "osusergo") if recipe.cgo else ()), *recipe.tags]
    return [
        "go",
        "build",
        "-mod=mod",
        "-trimpath",
        "-buildvcs=false",
        *([f"-tags={','.join(tags)}"] if tags else []),
        f"-ldflags={' '.join(flags)}",
        f"-o={output}/",
        *recipe.packages.values(),
    ]


class GoBuilder:
    """Builds with the ``go`` that is on PATH; its caches are in a folder of their own."""

    def __init__(self, cache: Path, arch: str, runner: Runner = run) -> None:
        self._cache = cache
        self._arch = arch
        self._run = runner
        self._toolchain = ""
        self._prepared = False
        self._lock = threading.Lock()

    def environment(self, *, cgo: bool) -> dict[str, str]:
        """Return the variables for ``go``; GOPROXY and the like are the user's own."""
        first = {}
        if self._toolchain:
            path = os.pathsep.join((f"{self._toolchain}/bin", os.environ.get("PATH", "")))
            first = {"PATH": path, "GOROOT": self._toolchain}
        return {
            **first,
            "GOCACHE": str(self._cache / "go-build"),
            "GOMODCACHE": str(self._cache / "go-mod"),
            "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip(),
            "GOTOOLCHAIN": "auto",
            "GOWORK": "off",
            "GO111MODULE": "on",
            "GOOS": "linux",
            "GOARCH": self._arch,
            "CGO_ENABLED": "1" if cgo else "0",
        }

    def prepare(self) -> None:
        """See that there is a Go that can fetch newer ones; an old one fetches the first of them.

        Raises:
            CommandError: there is no Go.
        """
        with self._lock:
            if self._prepared:
                return
            done = self._go(["go", "env", "GOVERSION"], self.environment(cgo=False))
            numbers = tuple(int(number) for number in re.findall(r"\d+", done.stdout)[:2])
            if numbers < _OLDEST:
                version = f"v0.0.1-{_FIRST}.linux-{self._arch}"
                folder = Path(self._download("golang.org/toolchain", version)["Dir"])
                for program in (*folder.glob("bin/*"), *folder.glob("pkg/tool/*/*")):
                    program.chmod(0o755)  # modules carry no permissions
                self._toolchain = str(folder)
            self._prepared = True

    def programs(self, entry: Entry, recipe: GoRecipe, output: Path) -> dict[str, Path]:
        """Build a recipe's programs into ``output``; return file name → path.

        Raises:
            CommandError: names the module and the compiler's last lines.
        """
        self.prepare()
        environment = self.environment(cgo=recipe.cgo)
        info = self._download(recipe.module, fill(recipe.module_version, entry.version, self._arch))
        raw = json.loads(
            self._go(["go", "mod", "edit", "-json", info["GoMod"]], environment).stdout
        )
        local = fill(recipe.local_replaces, entry.version, self._arch)
        with tempfile.TemporaryDirectory(prefix="landfall-go-") as folder:
            text = go_mod(recipe, requirements(raw, local), entry.version, self._arch)
            Path(folder, "go.mod").write_text(text, encoding="utf-8")
            command = build_command(recipe, entry.version, self._arch, str(output))
            self._go(["go", "-C", folder, *command[1:]], environment, on=recipe.module)
        built = {}
        for name, package in recipe.packages.items():
            path = (output / executable_name(package)).rename(output / f"{name}.built")
            built[name] = path
        return built

    def files(self, entry: Entry, recipe: GoFilesRecipe) -> dict[str, bytes]:
        """Return the files that a recipe takes out of a module: file name → content.

        Raises:
            InvalidInputError: a pattern matches nothing.
        """
        self.prepare()
        version = fill(recipe.module_version, entry.version, self._arch)
        folder = Path(self._download(recipe.module, version)["Dir"])
        found = {}
        for name, pattern in recipe.files.items():
            paths = sorted(folder.glob(pattern))
            if not paths:
                raise InvalidInputError(
                    "no such files in the module",
                    on=f"{entry.title}: {name}",
                    expected=f"{pattern} in {recipe.module} {version}",
                )
            found[name] = b"\n---\n".join(path.read_bytes().strip() for path in paths) + b"\n"
        return found

    def drop_caches(self) -> None:
        """Remove the caches, which grow to 20 GB when everything is built."""
        for name in ("go-build", "go-mod"):
            shutil.rmtree(self._cache / name, ignore_errors=True)

    def _download(self, module: str, version: str) -> dict[str, Any]:
        done = self._go(
            ["go", "mod", "download", "-json", f"{module}@{version}"],
            self.environment(cgo=False),
            on=f"{module} {version}",
        )
        try:
            info: dict[str, Any] = json.loads(done.stdout)
        except ValueError as error:
            raise LandfallError(
                "go gave no answer that can be read",
                on=f"{module} {version}",
                found=tail(done.stdout),
            ) from error
        return info

    def _go(self, argv: Sequence[str], environment: Mapping[str, str], on: str = "") -> Completed:
        self._cache.mkdir(parents=True, exist_ok=True)
        done = self._run(argv, timeout=TIMEOUT, check=False, env=environment)
        if done.returncode != 0:
            # "go mod download -json" writes its error to standard output
            raise CommandError(
                "building from a Go module failed" if on else "go failed",
                on=on or " ".join(argv),
                found=tail(done.stderr or done.stdout),
                remedy="see go env GOPROXY; is the module proxy reachable?" if on else "",
            )
        return done
