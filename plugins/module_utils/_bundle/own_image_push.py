# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at images of one's own, and brings them into the depot with skopeo."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from .._core.errors import CommandError, InvalidInputError, LandfallError, UnreachableError
from .._core.process import Runner, run, tail
from .own_images import OwnImage, Sighting
from .registry import Access, Registry

_LOOK = 120.0
_COPY = 1800.0


class OwnImages:
    """The images of an inventory, where they come from and in the depot.

    Args:
        pull: where the depot is looked at.
        push: where it takes images.
        arch: the architecture that is meant in images for several.
        runner: starts skopeo.
    """

    def __init__(self, pull: Access, push: Access, arch: str, runner: Runner = run) -> None:
        self._registry = Registry(pull.url, pull.session())
        self._push = push
        self._arch = arch
        self._run = runner

    def look(self, images: Sequence[OwnImage], *, empty: bool = False) -> tuple[Sighting, ...]:
        """See what sources and depot have.

        Args:
            images: which.
            empty: a depot that does not answer has nothing yet.

        Raises:
            UnreachableError: the depot does not answer.
            CommandError: skopeo cannot be started.
        """
        there = self._registry.ping()
        if not there and not empty:
            raise UnreachableError(
                "the depot does not answer",
                on=self._registry.url,
                remedy="see the unit landfall-depot on the depot's host",
            )
        with ThreadPoolExecutor(4) as pool:
            return tuple(pool.map(lambda image: self._look(image, there), images))

    def push(self, sightings: Iterable[Sighting]) -> None:
        """Copy images into the depot.

        Args:
            sightings: the images, with what their sources have.

        Raises:
            CommandError: skopeo failed; names the image.
            LandfallError: the depot has something else than was copied.
        """
        for seen in sightings:
            image = seen.image
            self._copy(image)
            there = self._depot(image)
            if seen.source != there:
                raise LandfallError(
                    "an image changed on its way into the depot",
                    on=f"{image.name} from {image.source}",
                    expected=f"configuration {seen.source}",
                    found=f"configuration {there}",
                    remedy="make the image in OCI's format (podman build --format=oci)",
                )

    def _look(self, image: OwnImage, there: bool) -> Sighting:
        source, problem = self._source(image)
        return Sighting(image, source, self._depot(image) if there else "", problem)

    def _source(self, image: OwnImage) -> tuple[str, str]:
        """Return the digest of a source's configuration, or why there is none."""
        command = ["skopeo", f"--override-arch={self._arch}", "inspect", "--raw", "--config"]
        done = self._run([*command, image.source], timeout=_LOOK, check=False)
        if done.returncode != 0:
            return "", tail(done.stderr)
        return f"sha256:{hashlib.sha256(done.stdout.encode()).hexdigest()}", ""

    def _depot(self, image: OwnImage) -> str:
        """Return the digest of the configuration that the depot has; empty without the image."""
        found = self._registry.manifest(image.repository, image.tag)
        manifest = json.loads(found[0]) if found else {}
        for one in manifest.get("manifests", ()):
            if one.get("platform", {}).get("architecture") == self._arch:
                found = self._registry.manifest(image.repository, one["digest"])
                manifest = json.loads(found[0]) if found else {}
                break
        return str(manifest.get("config", {}).get("digest", ""))

    def _copy(self, image: OwnImage) -> None:
        host = urlsplit(self._push.url).netloc
        target = f"docker://{host}/{image.repository}:{image.tag}"
        with tempfile.TemporaryDirectory(prefix="landfall-push-") as name:
            folder = Path(name)
            command = ["skopeo", f"--override-arch={self._arch}", "copy", "--quiet"]
            command += [f"--dest-authfile={self._credentials(folder, host)}"]
            if self._push.ca:
                shutil.copyfile(self._push.ca, folder / "ca.crt")
                command += [f"--dest-cert-dir={folder}"]
            command += [image.source, target]
            done = self._run(command, timeout=_COPY, check=False, env=_directly(host))
        if done.returncode != 0:
            raise CommandError(
                "an image could not be brought into the depot",
                on=f"{image.name} from {image.source}",
                found=tail(done.stderr),
            )

    def _credentials(self, folder: Path, host: str) -> Path:
        """Write the password where skopeo reads it, and nobody else does."""
        pair = f"{self._push.username}:{self._push.password}".encode()
        path = folder / "auth.json"
        path.touch(mode=0o600)
        auths = {host: {"auth": base64.b64encode(pair).decode()}} if self._push.username else {}
        path.write_text(json.dumps({"auths": auths}), encoding="utf-8")
        return path


def check_program() -> None:
    """Check that skopeo is there.

    Raises:
        InvalidInputError: it is not.
    """
    if shutil.which("skopeo") is None:
        raise InvalidInputError(
            "a program is missing on the controller",
            on="skopeo",
            remedy="install it: it reads the images and brings them into the depot",
        )


def _directly(host: str) -> dict[str, str]:
    """Return the variables with which a depot on the premises is not reached through a proxy."""
    address = urlsplit(f"//{host}").hostname or host
    return {
        name: ",".join(filter(None, (os.environ.get(name, ""), address)))
        for name in ("NO_PROXY", "no_proxy")
    }
