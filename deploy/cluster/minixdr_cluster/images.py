"""Images: here a digest names a folder with a release of our programs, which the stand-in kubelet starts as processes of this machine.

Nothing is unpacked or isolated: user, capabilities and root file system of an image are tried by `make test-images`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ARCHITECTURE = "amd64"


@dataclass(frozen=True, slots=True)
class Image:
    """What a digest stands for."""

    repository: str
    digest: str
    """`sha256:...`"""
    folder: Path
    """Working directory of its programs."""
    entrypoint: tuple[str, ...]
    default_arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    programs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What a command of the image is on this machine: `minixdr` -> python -m ..."""
    architecture: str = ARCHITECTURE

    @property
    def reference(self) -> str:
        """`repository@sha256:...`"""
        return f"{self.repository}@{self.digest}"

    def command(self, command: list[str], arguments: list[str]) -> list[str]:
        """Return what to start, by the rules of Kubernetes for `command` and `args`."""
        whole = command + arguments if command else [*self.entrypoint, *(arguments or self.default_arguments)]
        return [*self.programs.get(whole[0], (whole[0],)), *whole[1:]]


class ImageStore:
    """All that can be pulled."""

    def __init__(self) -> None:
        self._images: dict[str, Image] = {}

    def add(self, image: Image) -> Image:
        """Make an image known by its digest."""
        self._images[image.reference] = image
        return image

    def forget(self, image: Image) -> None:
        """Let nobody pull an image any more."""
        self._images.pop(image.reference, None)

    def alias(self, reference: str, image: Image) -> None:
        """Let another reference (of somebody else's image, by tag) stand for an image."""
        self._images[reference] = image

    def find(self, reference: str) -> Image | None:
        """Return the image; None where it cannot be pulled. A tag of ours is unknown: nothing is deployed by tag."""
        return self._images.get(reference)
