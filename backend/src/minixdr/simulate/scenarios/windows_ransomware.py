"""Ransomware: one stolen account, two servers, encrypted shares."""

from minixdr.simulate.acts import windows_host
from minixdr.simulate.scenario import Scenario
from minixdr.simulate.stage import Stage

_FILES = 400


def _tell(stage: Stage) -> None:
    world = stage.world
    first, second = world.host("app-1"), world.host("files-1")
    account = windows_host.administrator(stage)
    shell = windows_host.log_on(stage, first, account, world.laptops[0])
    powershell = windows_host.download_by_powershell(stage, first, account, shell)
    windows_host.explore_domain(stage, first, account, shell)
    windows_host.dump_credentials(stage, first, account, powershell)
    windows_host.keep_by_registry_and_task(stage, first, account, powershell)
    stage.wait(600, 1_200)
    console = windows_host.move_by_service(stage, first, second, account, powershell)
    windows_host.disable_protection(stage, second, account, console)
    windows_host.send_out(stage, second, account, console, 250)
    windows_host.encrypt_files(stage, second, account, console, _FILES)
    windows_host.clear_log(stage, second, account, console)


SCENARIO = Scenario(
    name="windows_ransomware",
    title="Ransomware on the file server",
    description=(
        "A stolen account logs on to an application server, dumps credentials, reaches the file server by a service, uploads and encrypts "
        "its shares."
    ),
    tell=_tell,
    begins_after_hours=19.5,
)
