"""Windows hosts on ordinary days: logons, programs people and services start, connections, files, name look-ups."""

from collections.abc import Iterator
from random import Random

import orjson

from minixdr.simulate.logs.windows import Entry, record
from minixdr.simulate.logs.windows_entries import (
    INTERACTIVE,
    LOCAL_SYSTEM,
    NETWORK,
    Account,
    Process,
    connection,
    created,
    file_created,
    logoff,
    logon,
    name_resolved,
    privileges,
    process,
    ticket,
)
from minixdr.simulate.records import Item, Log, Noise, Source, serial
from minixdr.simulate.rhythm import at_work
from minixdr.simulate.world import Host, World

_HOUR_SECONDS = 3_600
_OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
_CHROME = "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"
_EXPLORER = ("C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE")
_SERVICES = ("services.exe", "C:\\Windows\\system32\\services.exe")
_BROWSER = (_CHROME, f'"{_CHROME}" --profile-directory=Default')
_BY_PEOPLE = (
    (_OFFICE + "OUTLOOK.EXE", f'"{_OFFICE}OUTLOOK.EXE"'),
    (_OFFICE + "EXCEL.EXE", f'"{_OFFICE}EXCEL.EXE" "C:\\Users\\Public\\Documents\\budget.xlsx"'),
    (_OFFICE + "WINWORD.EXE", f'"{_OFFICE}WINWORD.EXE" /n "C:\\Users\\Public\\Documents\\minutes.docx"'),
    _BROWSER,
    ("C:\\Windows\\System32\\notepad.exe", "C:\\Windows\\System32\\notepad.exe"),
    ("C:\\Program Files\\Slack\\slack.exe", '"C:\\Program Files\\Slack\\slack.exe" --startup'),
)
_BY_SYSTEM = (
    ("svchost.exe", "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s wuauserv"),
    ("taskhostw.exe", "taskhostw.exe"),
    ("C:\\Windows\\servicing\\TrustedInstaller.exe", "C:\\Windows\\servicing\\TrustedInstaller.exe"),
    ("C:\\Program Files\\Amazon\\SSM\\ssm-agent-worker.exe", '"C:\\Program Files\\Amazon\\SSM\\ssm-agent-worker.exe"'),
    (
        "backgroundTaskHost.exe",
        '"C:\\Windows\\system32\\backgroundTaskHost.exe" -ServerName:App.AppXmtcan0h2tfbfy7k9kn8hbxb6dmzz1zh0.mca',
    ),
)
_NAMES = (
    "outlook.example.net",
    "intranet.corp.example.com",
    "cdn.example.org",
    "update.example.net",
    "chat.example.net",
)
_FIRST_ACCOUNT = 1_100  # relative identifiers of a domain's accounts


def account_of(world: World, number: int) -> Account:
    """Return the domain account of a person, by the person's number."""
    person = world.people[number % len(world.people)]
    return Account(person.name, f"{world.domain_sid}-{_FIRST_ACCOUNT + number}", f"0x{0x40000 + number * 0x1111:x}")


def _build(world: World) -> Source:
    servers = [host for host in world.hosts if host.system == "windows"]
    controller = world.host("dc-1")

    def records(rng: Random, start: float, count: int) -> Iterator[Item]:
        awake = [number for number in range(len(world.laptops)) if at_work(start, world.people[number].first_hour)]
        made = 0
        while made < count:
            time = start + rng.random() * (_HOUR_SECONDS - 30)
            if awake and rng.random() < 0.7:
                number = rng.choice(awake)
                host, entries = _person(
                    rng, world.laptops[number], account_of(world, number), rng.choice(servers), controller
                )
            else:
                host, entries = _system(rng, rng.choice(servers), controller)
            for entry in entries[: count - made]:
                time += rng.random() * 0.3
                made += 1
                body = record(time, host.name, serial(time, made % 500), entry)
                yield Item(time, Log("windows", host.name), orjson.dumps(body) + b"\n")

    return records


def _person(
    rng: Random, laptop: Host, account: Account, server: Host, controller: Host
) -> tuple[Host, tuple[Entry, ...]]:
    drawn = rng.random()
    port = rng.randrange(49_152, 65_535)
    if drawn < 0.2:
        return server, (logon(account, NETWORK, laptop.address, laptop.name.upper(), port), logoff(account, NETWORK))
    if drawn < 0.35:
        return controller, (ticket(account, f"{server.name.upper()}$", laptop.address, port),)
    if drawn < 0.42:
        return laptop, (logon(account, INTERACTIVE, "127.0.0.1", laptop.name.upper(), 0),)
    started = process(rng, *rng.choice(_BY_PEOPLE))
    if drawn < 0.7:
        return laptop, created(laptop.name, started, process(rng, *_EXPLORER), account)
    if drawn < 0.85:
        return laptop, _web(rng, laptop, process(rng, *_BROWSER), account, port)
    path = f"C:\\Users\\{account.name}\\AppData\\Local\\Temp\\{rng.getrandbits(32):08x}.tmp"
    return laptop, (file_created(started, account, path),)


def _web(rng: Random, laptop: Host, browser: Process, account: Account, port: int) -> tuple[Entry, ...]:
    name, address = rng.choice(_NAMES), f"198.19.{rng.randrange(4)}.{rng.randrange(1, 60)}"
    return name_resolved(browser, account, name, address), connection(
        browser, account, (laptop.address, port), (address, 443), name
    )


def _system(rng: Random, server: Host, controller: Host) -> tuple[Host, tuple[Entry, ...]]:
    drawn = rng.random()
    if drawn < 0.5:
        return server, created(
            server.name, process(rng, *rng.choice(_BY_SYSTEM)), process(rng, *_SERVICES), LOCAL_SYSTEM
        )
    machine = Account(f"{server.name.upper()}$", "S-1-5-20", "0x3e4")
    if drawn < 0.8:
        return controller, (
            logon(machine, NETWORK, server.address, "-", rng.randrange(49_152, 65_535)),
            privileges(machine),
        )
    return server, (privileges(LOCAL_SYSTEM),)


NOISE = Noise("windows", 0.12, _build)
