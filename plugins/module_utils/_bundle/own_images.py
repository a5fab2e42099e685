# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that the catalogue does not have: which of them the depot lacks.

They are told apart by their configuration's digest, which names the layers' contents: that of the
manifest changes when layers are compressed anew on their way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import InvalidInputError, LandfallError, ProblemsError, RefusedError
from .._core.names import hint
from .._core.plan import Change, Plan

_WHAT = "images cannot be brought into the depot"
# Where skopeo reads images from; see containers-transports(5).
TRANSPORTS = (
    "containers-storage",
    "dir",
    "docker",
    "docker-archive",
    "docker-daemon",
    "oci",
    "oci-archive",
)
# As the distribution specification has them; the first part must be a registry, for a name without
# one means another registry to Kubernetes.
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(
    rf"(?P<registry>localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+:\d+)"
    rf"/(?P<repository>{_PART}(?:/{_PART})*):(?P<tag>\w[\w.-]{{0,127}})",
    re.ASCII,
)


@dataclass(frozen=True)
class OwnImage:
    """An image that the depot shall have.

    Attributes:
        name: as stacks call it, ``registry/repository:tag``.
        source: where it is now, in skopeo's words: ``containers-storage:localhost/shop:1.2.0``.
        replace: another image of that name may be replaced.
    """

    name: str
    source: str
    replace: bool = False

    @property
    def repository(self) -> str:
        """Return its place in the depot: without the registry's host."""
        return self.name.split("/", 1)[1].rsplit(":", 1)[0]

    @property
    def tag(self) -> str:
        """Return its version."""
        return self.name.rsplit(":", 1)[1]


@dataclass(frozen=True)
class Sighting:
    """What was seen of an image; digests of configurations, empty where there is none.

    Attributes:
        image: the image.
        source: what its source has.
        depot: what the depot has under its name.
        problem: why the source could not be read.
    """

    image: OwnImage
    source: str
    depot: str
    problem: str = ""


@dataclass(frozen=True)
class ImagePush(Change):
    """An image that the depot lacks, or has another one of."""

    sighting: Sighting | None = None

    @property
    def made(self) -> Sighting:
        """Return what was seen of it."""
        if self.sighting is None:  # pragma: no cover
            raise AssertionError("only image_plan makes pushes of images")
        return self.sighting


def read_images(raw: Iterable[Mapping[str, Any]]) -> tuple[OwnImage, ...]:
    """Read the images of an inventory.

    Raises:
        ProblemsError: names or sources are not such; all of them are told.
    """
    images = tuple(
        OwnImage(str(one["name"]), str(one["source"]), bool(one.get("replace"))) for one in raw
    )
    problems = tuple(image_problems(images))
    if problems:
        raise ProblemsError(_WHAT, problems)
    return images


def image_problems(images: Iterable[OwnImage]) -> Iterator[LandfallError]:
    """Yield what is wrong with names and sources, before anybody looks at the images."""
    places: dict[tuple[str, str], OwnImage] = {}
    for image in images:
        yield from _problems(image)
        if not _NAME.fullmatch(image.name):
            continue
        first = places.setdefault((image.repository, image.tag), image)
        if first is not image:
            yield InvalidInputError(
                "two images have one place in the depot, which has no registries' names",
                on=f"depot_images: {first.name} and {image.name}",
                expected="one of them, or different versions",
            )


def image_plan(sightings: Iterable[Sighting]) -> Plan[ImagePush]:
    """Return what has to be brought into the depot.

    Raises:
        ProblemsError: an image is nowhere, or would replace another one without being asked to.
    """
    changes: list[ImagePush] = []
    problems: list[LandfallError] = []
    for seen in sightings:
        image, target = seen.image, f"image {seen.image.name}"
        if seen.source == seen.depot and seen.source:
            continue
        if not seen.source:
            if not seen.depot or image.replace:
                problems.append(_unreadable(seen))
        elif not seen.depot:
            changes.append(ImagePush(target, "push", after=f"{seen.source}\n", sighting=seen))
        elif image.replace:
            before, after = f"{seen.depot}\n", f"{seen.source}\n"
            changes.append(ImagePush(target, "replace", before, after, sighting=seen))
        else:
            problems.append(_other(seen))
    if problems:
        raise ProblemsError(_WHAT, problems)
    return Plan(tuple(changes))


def _problems(image: OwnImage) -> Iterator[LandfallError]:
    if not _NAME.fullmatch(image.name):
        yield InvalidInputError(
            "an image has no full name",
            on="depot_images",
            expected="registry/repository:tag, for example registry.example.org/shop:1.2.0",
            found=image.name,
            remedy=_completed(image.name),
        )
    transport, _, rest = image.source.partition(":")
    if transport not in TRANSPORTS or not rest:
        yield InvalidInputError(
            "an image has no source that skopeo can read",
            on=f"depot_images: {image.name}",
            expected="transport:place, for example containers-storage:localhost/shop:1.2.0",
            found=image.source,
            remedy=hint(transport, TRANSPORTS),
        )


def _completed(name: str) -> str:
    """Return what Kubernetes takes a short name for, if that is a full one."""
    full = f"docker.io/{name}" if "/" in name else f"docker.io/library/{name}"
    return f"stacks that call it {name} mean {full}" if _NAME.fullmatch(full) else ""


def _unreadable(seen: Sighting) -> LandfallError:
    return LandfallError(
        "an image is not where it is said to be",
        on=f"{seen.image.name} from {seen.image.source}",
        found=seen.problem,
        remedy="make the image, or correct its source",
    )


def _other(seen: Sighting) -> LandfallError:
    return RefusedError(
        "the depot has another image of this name",
        on=seen.image.name,
        expected=f"configuration {seen.source}, as in {seen.image.source}",
        found=f"configuration {seen.depot}",
        remedy="give the new one another version, for nodes keep what they have pulled; "
        "or set replace: true",
    )
