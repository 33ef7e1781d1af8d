import type { Schema } from "@/api/client";

export type Addresses = Schema<"IngestAddresses">;
export type Door = Schema<"NewToken">["scopes"] extends (infer One)[] | undefined ? One : never;

/** One thing to do: what, where it goes, and the text to copy. */
export type Step = { title: string; file?: string; code?: string; note?: string };

export type Client = {
  id: string;
  name: string;
  what: string;
  /** The door its token opens. */
  door: Exclude<Door, "file">;
  /** Whether the platform's makers ran this client against it; else it is set up by its own documentation. */
  tested: boolean;
  /** HEC acknowledgement, where the client wants it. */
  ack?: boolean;
  steps: (addresses: Addresses, token: string) => Step[];
};

type Place = { host: string; port: string; tls: boolean; origin: string; path: string };

/** The parts of an address that clients want one by one. */
export function placeOf(url: string): Place {
  const parsed = new URL(url);
  const tls = parsed.protocol === "https:";
  return {
    host: parsed.hostname,
    port: parsed.port !== "" ? parsed.port : tls ? "443" : "80",
    tls,
    origin: parsed.origin,
    path: parsed.pathname === "/" ? "" : parsed.pathname.replace(/\/$/, ""),
  };
}

/** `[host, port]` of `host:port`; IPv6 hosts stand in brackets. */
export function hostPort(text: string): [string, string] {
  const at = text.lastIndexOf(":");
  return [text.slice(0, at).replace(/^\[|\]$/g, ""), text.slice(at + 1)];
}

const onOff = (on: boolean) => (on ? "on" : "off");
const OnOff = (on: boolean) => (on ? "On" : "Off");

const QUEUE = `queue.type="LinkedList" queue.filename="minixdr" queue.maxDiskSpace="1g" queue.saveOnShutdown="on"`;

export const CLIENTS: readonly Client[] = [
  {
    id: "http",
    name: "HTTP",
    what: "curl or a program of your own",
    door: "native",
    tested: true,
    steps: ({ native }, token) => [
      {
        title: "Send a file",
        code: `curl -H "Authorization: Bearer ${token}" --data-binary @events.ndjson ${native}`,
        note: "JSON lines, a JSON array, lines of text, or a whole file of any known format; 64 MiB at most when decompressed. The answer comes when all is on disk; after an error send the same again: nothing is taken twice.",
      },
      {
        title: "Or one line, to try it",
        code: `echo "$(date '+%b %e %H:%M:%S') $(hostname) sshd[1]: Server listening on 0.0.0.0 port 22." | curl -H "Authorization: Bearer ${token}" --data-binary @- ${native}`,
      },
    ],
  },
  {
    id: "files",
    name: "Files",
    what: "the command minixdr ingest",
    door: "native",
    tested: true,
    steps: ({ url }, token) => [
      {
        title: "Send files, folders and archives",
        code: `export MINIXDR_URL=${url} MINIXDR_INGEST_TOKEN=${token}\nminixdr ingest /var/log/auth.log cloudtrail/ Security.evtx export.zip`,
        note: "Files are read on that machine: JSON, CSV, EVTX, auditd, syslog, Zeek, flow logs, inside gzip, zstd, zip and tar. Send the same files again whenever in doubt.",
      },
      { title: "Or what a command writes", code: "journalctl -o json --since yesterday | minixdr ingest -" },
    ],
  },
  {
    id: "rsyslog",
    name: "rsyslog",
    what: "lines of a Linux host, over HTTP",
    door: "bulk",
    tested: true,
    steps: ({ bulk }, token) => {
      const at = placeOf(bulk);
      return [
        { title: "Install its module", code: "sudo apt install rsyslog-elasticsearch" },
        {
          title: "Write the configuration",
          file: "/etc/rsyslog.d/60-minixdr.conf",
          code: `module(load="omelasticsearch")
template(name="minixdr" type="list") {
  constant(value="{\\"@timestamp\\":\\"") property(name="timereported" dateFormat="rfc3339")
  constant(value="\\",\\"host\\":\\"")     property(name="hostname" format="json")
  constant(value="\\",\\"message\\":\\"")  property(name="rawmsg" format="json") constant(value="\\"}")
}
action(type="omelasticsearch" server="${at.host}" serverport="${at.port}" usehttps="${onOff(at.tls)}" uid="minixdr" pwd="${token}"
       template="minixdr" searchIndex="logs" searchType="" bulkmode="on" maxbytes="1m"
       ${QUEUE} queue.dequeueBatchSize="500"
       action.resumeRetryCount="-1" action.resumeInterval="5")`,
          note: "For lines that rsyslog reads from files (imfile) put msg in place of rawmsg.",
        },
        { title: "Restart it", code: "sudo systemctl restart rsyslog" },
      ];
    },
  },
  {
    id: "syslog-ng",
    name: "syslog-ng",
    what: "lines of a Linux host, over HTTP",
    door: "native",
    tested: true,
    steps: ({ native }, token) => [
      {
        title: "Add a destination",
        file: "/etc/syslog-ng/conf.d/minixdr.conf",
        code: `destination d_minixdr {
  http(url("${native}") method("POST")
       headers("Authorization: Bearer ${token}", "Content-Type: text/plain")
       body("$(format-syslog)") delimiter("\\n") batch-lines(500) batch-timeout(500) retries(1000)
       disk-buffer(reliable(yes) disk-buf-size(1G)));
};
log { source(s_src); destination(d_minixdr); };`,
        note: "s_src is the name of your source. body is one line: for what was received as it came use ${RAWMSG} with the source's flag store-raw-message.",
      },
      { title: "Restart it", code: "sudo systemctl restart syslog-ng" },
    ],
  },
  {
    id: "syslog",
    name: "Syslog devices",
    what: "firewalls, switches and appliances, RFC 5424 or 3164",
    door: "syslog",
    tested: true,
    steps: ({ syslog }, token) => syslogSteps(syslog, token),
  },
  {
    id: "beats",
    name: "Filebeat, Winlogbeat",
    what: "Elastic's shippers",
    door: "bulk",
    tested: false,
    steps: ({ bulk }, token) => {
      const at = placeOf(bulk);
      return [
        {
          title: "Set the output",
          file: "filebeat.yml or winlogbeat.yml",
          code: `output.elasticsearch:
  hosts: ["${at.origin.includes(":", 8) ? at.origin : `${at.origin}:${at.port}`}"]
  path: ${at.path || "/"}
  api_key: "minixdr:${token}"
  allow_older_versions: true
setup.template.enabled: false
setup.ilm.enabled: false`,
          note: "Templates, pipelines and lifecycle policies are not supported: they stay switched off.",
        },
      ];
    },
  },
  {
    id: "elasticsearch",
    name: "Elasticsearch clients",
    what: "elasticsearch-py, opensearch-py",
    door: "bulk",
    tested: true,
    steps: ({ bulk, url }, token) => [
      { title: "Elasticsearch", code: `client = Elasticsearch("${bulk}", api_key="${token}")` },
      { title: "OpenSearch", code: `client = OpenSearch("${url}", http_auth=("minixdr", "${token}"))` },
    ],
  },
  {
    id: "opentelemetry",
    name: "OpenTelemetry",
    what: "logs by OTLP over HTTP; no traces, metrics or gRPC",
    door: "otlp",
    tested: true,
    steps: ({ otlp }, token) => [
      {
        title: "Collector (by its documentation, not tested)",
        file: "config.yaml",
        code: `extensions:
  file_storage: {}
receivers:
  filelog:
    include: [/var/log/auth.log]
exporters:
  otlphttp/minixdr:
    logs_endpoint: ${otlp}
    headers:
      Authorization: Bearer ${token}
    retry_on_failure:
      max_elapsed_time: 0
    sending_queue:
      storage: file_storage
service:
  extensions: [file_storage]
  pipelines:
    logs:
      receivers: [filelog]
      exporters: [otlphttp/minixdr]`,
        note: "A record is the body. Attributes of a record that has a body are not kept.",
      },
      {
        title: "Python",
        code: `exporter = OTLPLogExporter("${otlp}", headers={"Authorization": "Bearer ${token}"}, timeout=60)
provider.add_log_record_processor(BatchLogRecordProcessor(exporter))`,
      },
    ],
  },
  {
    id: "vector",
    name: "Vector",
    what: "a sink of type http",
    door: "native",
    tested: false,
    steps: ({ native }, token) => [
      {
        title: "Add a sink",
        file: "vector.toml",
        code: `[sinks.minixdr]
type = "http"
inputs = ["my_source"]
uri = "${native}"
compression = "zstd"
encoding.codec = "json"
framing.method = "newline_delimited"
auth = { strategy = "bearer", token = "${token}" }`,
        note: 'For lines of text as they were read, encoding.codec = "text".',
      },
    ],
  },
  {
    id: "fluent-bit",
    name: "Fluent Bit",
    what: "an output of type http",
    door: "native",
    tested: false,
    steps: ({ native }, token) => {
      const at = placeOf(native);
      return [
        {
          title: "Add an output",
          file: "fluent-bit.conf",
          code: `[OUTPUT]
    Name      http
    Match     *
    Host      ${at.host}
    Port      ${at.port}
    tls       ${OnOff(at.tls)}
    URI       ${at.path}
    Format    json_lines
    Compress  gzip
    Header    Authorization Bearer ${token}
    Retry_Limit no_limits`,
        },
      ];
    },
  },
  {
    id: "splunk-hec",
    name: "Splunk HEC",
    what: "whatever sends to Splunk's HTTP Event Collector",
    door: "hec",
    tested: true,
    steps: ({ hec }, token) => [
      {
        title: "Put address and token where Splunk's stood",
        code: `URL    ${hec.url}\nToken  ${token}`,
        note: `Clients that want the whole path: ${hec.event_url}`,
      },
      {
        title: "Or try it with one event",
        code: `curl -H "Authorization: Splunk ${token}" -d '{"event":"hello","host":"web"}' ${hec.event_url}`,
      },
    ],
  },
  {
    id: "firehose",
    name: "Amazon Data Firehose",
    what: "a stream with the destination Splunk",
    door: "hec",
    tested: false,
    ack: true,
    steps: ({ hec }, token) => [
      {
        title: "Set the destination",
        code: `Destination           Splunk
Splunk cluster endpoint  ${hec.url}
Endpoint type         Raw
Authentication token  ${token}`,
        note: "Firehose reaches only addresses on the internet with a valid certificate. The token acknowledges by id, as Firehose wants it.",
      },
    ],
  },
];

function syslogSteps(syslog: Addresses["syslog"], token: string): Step[] {
  const steps: Step[] = [];
  if (syslog.tcp === null && syslog.udp === null && syslog.tls === null)
    steps.push({
      title: "Switch a listener on, then start the api again",
      code: `MINIXDR_SYSLOG_TCP_PORT=6514\nMINIXDR_SYSLOG_HOST=0.0.0.0\nMINIXDR_SYSLOG_TOKEN=${token}`,
      note: "No syslog listener runs. These are settings of the api's process; MINIXDR_SYSLOG_TLS_PORT with a certificate encrypts. MINIXDR_SYSLOG_TOKEN stands for messages that bring no token.",
    });
  else {
    const listening = (["tls", "tcp", "udp"] as const).filter((kind) => syslog[kind] !== null);
    steps.push({
      title: "Send to",
      code: listening.map((kind) => `${kind.toUpperCase().padEnd(4)} ${syslog[kind]}`).join("\n"),
      note: "UDP promises nothing, and over TCP a process that is killed loses what the kernel had taken. Where no message may be lost, send over HTTP.",
    });
    steps.push({
      title: "Let the api know the sender's token",
      code: `MINIXDR_SYSLOG_TOKEN=${token}`,
      note: "For devices that cannot put the token into their messages. MINIXDR_SYSLOG_NETWORKS gives tokens by the sender's network.",
    });
  }
  const stream = syslog.tls ?? syslog.tcp;
  const [host, port] = stream === null ? ["your-host", "6514"] : hostPort(stream);
  steps.push({
    title: "rsyslog, with the token in each message",
    file: "/etc/rsyslog.d/60-minixdr.conf",
    code: `template(name="minixdr" type="string"
         string="<%PRI%>1 %TIMESTAMP:::date-rfc3339% %HOSTNAME% %APP-NAME% %PROCID% %MSGID% [minixdr@32473 token=\\"${token}\\"] %msg%\\n")
action(type="omfwd" target="${host}" port="${port}" protocol="tcp" TCP_Framing="octet-counted" template="minixdr"${
      syslog.tls === null
        ? ""
        : `
       StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="${host}"`
    }
       ${QUEUE}
       action.resumeRetryCount="-1" action.resumeInterval="5")`,
  });
  return steps;
}

export const clientOf = (id: string): Client | undefined => CLIENTS.find((client) => client.id === id);
