"""An intrusion that begins with a leaked access key and crosses account, cluster, Linux and Windows."""

from minixdr.simulate.acts import cloud, cluster, linux_host, windows_host
from minixdr.simulate.scenario import Scenario
from minixdr.simulate.stage import Stage

_OBJECTS = 180  # some hundred objects in minutes: a person would notice, an hourly report would not


def _tell(stage: Stage) -> None:
    leaked = cloud.stolen_key(stage)
    cloud.check_key(stage, leaked)
    stage.wait(120, 300)
    cloud.discover(stage, leaked)
    stage.wait(300, 600)
    cloud.escalate(stage, leaked)
    stage.wait(120, 240)
    new_user = cloud.persist(stage, leaked)
    cloud.sign_in(stage, new_user)
    cloud.read_secrets(stage, new_user)
    stage.wait(300, 600)

    client = cluster.grant_access(stage, new_user)
    stage.wait(60, 120)
    cluster.enumerate_secrets(stage, client)
    cluster.enter_pod(stage, client)
    cluster.bind_administrator(stage, client)
    cluster.escape_to_node(stage, client)
    stage.wait(300, 600)

    web = stage.world.host("web-1")
    cloud.send_command(stage, new_user, web)
    root = linux_host.by_agent(stage)
    linux_host.fetch_tool(stage, web, root)
    linux_host.look_around(stage, web, root)
    linux_host.read_credentials(stage, web, root)
    linux_host.leave_key(stage, web, root)
    stage.wait(120, 300)
    instance = cloud.use_instance_credentials(stage, web)

    files = stage.world.host("files-1")
    cloud.forward_port(stage, new_user, web, files, 3_389)
    account = windows_host.administrator(stage)
    shell = windows_host.log_on(stage, files, account, web)
    windows_host.explore_domain(stage, files, account, shell)
    powershell = windows_host.download_by_powershell(stage, files, account, shell)
    windows_host.dump_credentials(stage, files, account, powershell)
    windows_host.send_out(stage, files, account, powershell, 400)
    windows_host.clear_log(stage, files, account, powershell)
    stage.wait(60, 240)

    cloud.empty_bucket(stage, instance, _OBJECTS)
    cloud.share_snapshot(stage, new_user)
    cloud.stop_logging(stage, new_user)


SCENARIO = Scenario(
    name="aws_intrusion",
    title="From a leaked access key to a stolen database",
    description=(
        "The key of a build user leaks. Whoever has it lists the account, makes itself administrator, leaves a user, a key and an opened role, reads "
        "secrets, takes the cluster, runs a script on a web server, goes on to a file server, dumps credentials, downloads customer data, shares a "
        "snapshot with a foreign account and switches the logs off."
    ),
    tell=_tell,
)
