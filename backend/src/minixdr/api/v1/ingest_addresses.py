"""`/ingest-addresses`: where clients send records, to be copied into their configuration."""

from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Shown
from minixdr.schema.role import Role

router = noun("ingest addresses")


class HecAddresses(Shown):
    """Splunk HTTP Event Collector."""

    url: str = Field(description="For clients that add the path themselves.", examples=["http://127.0.0.1:8000"])
    event_url: str = Field(examples=["http://127.0.0.1:8000/services/collector/event"])
    raw_url: str = Field(examples=["http://127.0.0.1:8000/services/collector/raw"])


class SyslogListeners(Shown):
    """`host:port` of each listener; null: it is not switched on (`MINIXDR_SYSLOG_TCP_PORT`, `..._UDP_PORT`, `..._TLS_PORT`)."""

    tcp: str | None = Field(examples=["127.0.0.1:6514"])
    udp: str | None = Field(examples=["127.0.0.1:5514"])
    tls: str | None = Field(examples=[None])


class IngestAddresses(Shown):
    """The address of each door."""

    url: str = Field(
        description="The base of the HTTP doors (`MINIXDR_INGEST_URL`), as `minixdr ingest --url` takes it.",
        examples=["http://127.0.0.1:8000"],
    )
    only_this_machine: bool = Field(
        description="Whether that is a loopback address: clients on other machines do not reach it."
    )
    native: str = Field(examples=["http://127.0.0.1:8000/api/ingest"])
    hec: HecAddresses
    bulk: str = Field(
        description="As Elasticsearch clients take it, without `_bulk`.", examples=["http://127.0.0.1:8000/elastic"]
    )
    otlp: str = Field(description="Of logs, by OTLP/HTTP.", examples=["http://127.0.0.1:8000/v1/logs"])
    syslog: SyslogListeners


@router.get("/ingest-addresses", **operation("getIngestAddresses", "Where to send logs", least=Role.VIEWER))
async def get_ingest_addresses(caller: CallerDep, platform: PlatformDep) -> IngestAddresses:  # noqa: ARG001 - signed in
    """Return the address of each door, the same for all organizations: the token says whose records they are."""
    known = platform.ingest
    collector = f"{known.url}/services/collector"
    return IngestAddresses(
        url=known.url,
        only_this_machine=known.only_this_machine,
        native=f"{known.url}/api/ingest",
        hec=HecAddresses(url=known.url, event_url=f"{collector}/event", raw_url=f"{collector}/raw"),
        bulk=f"{known.url}/elastic",
        otlp=f"{known.url}/v1/logs",
        syslog=SyslogListeners.model_validate(known.syslog),
    )
