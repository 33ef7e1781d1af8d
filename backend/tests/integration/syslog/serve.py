"""A process that listens for syslog and publishes to a real log, until SIGTERM. Arguments: NATS_URL TCP_PORT [TLS_PORT CERTIFICATE KEY]."""

import asyncio
import signal
import sys
from pathlib import Path

import uvloop

from minixdr.adapters.log.jetstream import JetStreamLog
from minixdr.workers.syslog.options import SyslogOptions
from minixdr.workers.syslog.service import start_syslog
from tests.integration.syslog.parts import FIRST, FixedTokens, platform


async def _serve(nats_url, tcp_port, tls_port=None, certificate=None, key=None):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    log = await JetStreamLog.connect(nats_url, most_bytes=1 << 30)
    options = SyslogOptions(
        "127.0.0.1",
        tcp_port=int(tcp_port),
        tls_port=tls_port and int(tls_port),
        certificate=certificate and Path(certificate),
        key=key and Path(key),
        default_token="first",
    )
    syslog = await start_syslog(platform(log), FixedTokens({"first": FIRST}), options)
    await stop.wait()
    await syslog.stop()
    await log.close()


if __name__ == "__main__":
    uvloop.run(_serve(*sys.argv[1:]))
