"""The images of a release that is asked for: given by digest, found in the registry by their tag, or built of the source."""

import msgspec

from minixdr_deploy import registry, source
from minixdr_deploy.aws import codebuild, ssm
from minixdr_deploy.config import Builder as ConfiguredBuilder
from minixdr_deploy.config import CodeBuilder, Ec2Builder, LocalBuilder
from minixdr_deploy.plan import Builder, StepName, Wanted
from minixdr_deploy.problem import Problem, UsageError
from minixdr_deploy.release import Release, checked_reference
from minixdr_deploy.source import Source
from minixdr_deploy.steps import build
from minixdr_deploy.world import World


class Images(msgspec.Struct, frozen=True):
    """The images of a tag; None: it is built, and not in the registry."""

    tag: str
    backend: str | None
    frontend: str | None
    exit_status: int = 0

    def document(self) -> object:
        """Return it as JSON has it."""
        return {"ok": True, **msgspec.to_builtins(self)}

    def lines(self) -> list[str]:
        """Return it as text."""
        return [
            f"{self.tag} {name}: {image or 'built, not pushed'}"
            for name, image in (("backend", self.backend), ("frontend", self.frontend))
        ]


class Ask(msgspec.Struct, frozen=True):
    """What the operator asked for."""

    backend_image: str | None = None
    frontend_image: str | None = None
    on: Builder | None = None
    revision: str | None = None
    preflight: bool = True
    verify: bool = True
    dry_run: bool = False
    break_lock: bool = False


class Making:
    """The images of what is asked for: found in the registry, given, or built."""

    def __init__(self, world: World, ask: Ask) -> None:
        if (ask.backend_image is None) != (ask.frontend_image is None):
            raise UsageError(
                Problem(
                    "images-in-pairs",
                    "give both --backend-image and --frontend-image, or none",
                    mend="minixdr-deploy push  # prints both",
                )
            )
        self._world = world
        self.builder = _builder(world, ask.on)
        self.source: Source | None = None
        self.backend = ask.backend_image and checked_reference(ask.backend_image)
        self.frontend = ask.frontend_image and checked_reference(ask.frontend_image)
        self.given = ask.backend_image is not None
        if not self.given:
            self.source = source.read(world.config.folder(world.config.source), ask.revision)
            self.backend, self.frontend = msgspec.structs.astuple(registry.find_both(world, self.source.tag))
        known = self.release() if self.backend and self.frontend else None
        self.known = known
        self.tag = known.id if known else self._source.tag

    @property
    def _source(self) -> Source:
        if self.source is None:
            raise UsageError(Problem("images-given", "images were given: there is nothing to build"))
        return self.source

    def wanted(self, ask: Ask) -> Wanted:
        """Return it for the plan."""
        newest = self.known.schema_newest if self.known else int(self._source.schema_newest)
        name: Builder = {LocalBuilder: "local", Ec2Builder: "ec2", CodeBuilder: "codebuild"}[type(self.builder)]  # type: ignore[assignment]
        return Wanted(self.tag, self.backend, self.frontend, newest, name, self.given, ask.preflight, ask.verify)

    def do(self, name: StepName) -> None:
        """Build or push. Raises BuildError, RemoteBuildError, AwsError."""
        verb, _, component = name.partition("-")
        if isinstance(self.builder, LocalBuilder):
            if verb == "build":
                build.build(self._world, self.builder, component, self._source)
            else:
                self._have(component, build.push(self._world, self.builder, component, self._source.tag))
            return
        missing = [one for one, image in (("backend", self.backend), ("frontend", self.frontend)) if image is None]
        if component not in missing:
            return  # it was built together with the other
        if isinstance(self.builder, Ec2Builder):
            ssm.build_and_push(self._world, self.builder, missing, self._source)
        else:
            codebuild.build_and_push(self._world, self.builder, missing, self._source)
        for one in missing:
            image = registry.find(self._world, one, self._source.tag)
            if image is None:
                raise build.BuildError(
                    Problem(
                        "push-lost",
                        f"the {one} was built, and the registry does not have {self._source.tag}",
                        mend="minixdr-deploy push",
                    )
                )
            self._have(one, image)

    def release(self) -> Release:
        """Return the release that the images make. Raises ImageError."""
        if self.backend is None or self.frontend is None:
            raise UsageError(
                Problem(
                    "images-missing", "the images of the release are not in the registry", mend="minixdr-deploy push"
                )
            )
        return registry.release_of(self._world, self.backend, self.frontend)

    def _have(self, component: str, image: str) -> None:
        if component == "backend":
            self.backend = image
        else:
            self.frontend = image


def _builder(world: World, on: Builder | None) -> ConfiguredBuilder:
    configured = world.config.builder
    kinds = {"local": LocalBuilder, "ec2": Ec2Builder, "codebuild": CodeBuilder}
    if on is None or isinstance(configured, kinds[on]):
        return configured
    if on == "local":
        return LocalBuilder()
    raise UsageError(
        Problem(
            "builder-unconfigured",
            f"deploy.yaml does not say which {on} builder",
            mend=f"edit {world.config.path}: builder: {{kind: {on}, ...}}",
        )
    )
