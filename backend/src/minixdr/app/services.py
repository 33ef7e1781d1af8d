"""What the use cases need from outside, as one value. `wiring.py` fills it; tests fill it with fakes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from minixdr.ports.scan import Cache, InputFiles, OutputFiles, RuleTexts, Spools, TaskPool, Texts
from minixdr.ports.simulated_files import SimulatedFiles


class BadSetting(Exception):  # noqa: N818 - it says what the value is
    """A value of the environment is none that the program can use; the message says which it takes."""


@dataclass(frozen=True, slots=True)
class Services:
    """Factories, so that a command pays only for what it uses."""

    input_files: Callable[[], InputFiles]
    rule_texts: Callable[[], RuleTexts]
    texts: Callable[[], Texts]
    cache: Callable[[], Cache]
    shipping: Callable[[str], Cache]
    """Given a folder: keeps compiled rules for installations to come along with. Its `store` raises OSError."""
    spools: Callable[[], Spools]
    outputs: Callable[[], OutputFiles]
    simulated_files: Callable[[str], SimulatedFiles]
    """Given the folder, which must be empty or absent. Raises FileExistsError and other OSError."""
    pool: Callable[[int], TaskPool]
    """Given the number of processes."""
    default_jobs: int
    """Processes that this machine runs at once."""
    own_rules: str
    """Folder of the rules that come along."""
    version: str
    code: Callable[[], str]
    """Return a digest of the code that compiles rules: what other code compiled is not used."""
    now: Callable[[], datetime]
