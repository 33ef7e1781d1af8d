"""VPC flows of ordinary days: customers to the web servers, hosts to the database and outward, scanners that are refused."""

from collections.abc import Iterator
from random import Random

from minixdr.simulate.logs.vpc_flow import UDP, Flow, line
from minixdr.simulate.records import Item, Log, Noise, Source
from minixdr.simulate.world import REGION, Host, World

_HOUR_SECONDS = 3_600
_FIRST_PORT, _LAST_PORT = 32_768, 60_999  # Linux's ephemeral ports
_SCANNED = (22, 23, 80, 445, 3389, 5900, 6379, 8080, 8443, 9200, 1433, 5432)
_DATABASE_PORT = 5_432
_RESOLVER = "10.20.0.2"


def _build(world: World) -> Source:
    web = [host for host in world.hosts if host.purpose == "web server"]
    database = world.host("db-1")
    windows = [host for host in world.hosts if host.system == "windows"]
    controller = world.host("dc-1")
    log = Log("vpcflow", f"{REGION}/{world.flow_log_id}")

    def records(rng: Random, start: float, count: int) -> Iterator[Item]:
        left = count
        while left > 0:
            drawn = rng.random()
            if drawn < 0.5:
                flows = _exchange(rng, rng.choice(web), _customer(rng), 443, inward=True)
            elif drawn < 0.65:
                flows = _between(rng, rng.choice(web), database, _DATABASE_PORT)
            elif drawn < 0.78:
                flows = _exchange(rng, rng.choice(world.hosts), _internet(rng), 443, inward=False)
            elif drawn < 0.84:
                flows = _between(rng, rng.choice(windows), controller, rng.choice((88, 389, 445)))
            elif drawn < 0.9:
                flows = [_lookup(rng, rng.choice(world.hosts))]
            else:
                flows = [_scan(rng, rng.choice(world.hosts))]
            time = start + rng.random() * (_HOUR_SECONDS - 60)
            for flow in flows[:left]:
                yield Item(time, log, line(time, flow))
            left -= len(flows)

    return records


def _customer(rng: Random) -> str:
    return f"198.18.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def _internet(rng: Random) -> str:
    return f"198.19.{rng.randrange(4)}.{rng.randrange(1, 60)}"


def _port(rng: Random) -> int:
    return rng.randrange(_FIRST_PORT, _LAST_PORT)


def _exchange(rng: Random, host: Host, peer: str, port: int, *, inward: bool) -> list[Flow]:
    """Return both directions of a connection between a host and an address outside."""
    client_port = _port(rng)
    asked, answered = rng.randrange(400, 9_000), rng.randrange(2_000, 400_000)
    seconds = rng.randrange(1, 60)
    if inward:
        return [
            Flow(host.interface_id, peer, host.address, client_port, port, asked, seconds),
            Flow(host.interface_id, host.address, peer, port, client_port, answered, seconds),
        ]
    return [
        Flow(host.interface_id, host.address, peer, client_port, port, asked, seconds),
        Flow(host.interface_id, peer, host.address, port, client_port, answered, seconds),
    ]


def _between(rng: Random, client: Host, server: Host, port: int) -> list[Flow]:
    """Return a connection inside the VPC, as both interfaces saw it."""
    client_port = _port(rng)
    asked, answered = rng.randrange(400, 20_000), rng.randrange(400, 90_000)
    seconds = rng.randrange(1, 60)
    return [
        Flow(client.interface_id, client.address, server.address, client_port, port, asked, seconds),
        Flow(client.interface_id, server.address, client.address, port, client_port, answered, seconds),
        Flow(server.interface_id, client.address, server.address, client_port, port, asked, seconds),
        Flow(server.interface_id, server.address, client.address, port, client_port, answered, seconds),
    ]


def _lookup(rng: Random, host: Host) -> Flow:
    return Flow(host.interface_id, host.address, _RESOLVER, _port(rng), 53, rng.randrange(60, 200), 1, UDP)


def _scan(rng: Random, host: Host) -> Flow:
    source = f"198.19.{200 + rng.randrange(20)}.{rng.randrange(1, 255)}"
    return Flow(host.interface_id, source, host.address, _port(rng), rng.choice(_SCANNED), 44, 1, accepted=False)


NOISE = Noise("network", 0.35, _build)
