import { describe, expect, it } from "vitest";

import { type Addresses, CLIENTS, clientOf, hostPort, placeOf } from "./clients";

const addresses = (url: string): Addresses => ({
  url,
  only_this_machine: false,
  native: `${url}/api/ingest`,
  hec: {
    url,
    event_url: `${url}/services/collector/event`,
    raw_url: `${url}/services/collector/raw`,
  },
  bulk: `${url}/elastic`,
  otlp: `${url}/v1/logs`,
  syslog: { tcp: null, udp: null, tls: null },
});
const text = (id: string, url: string, token = "mxi_a_b") =>
  (clientOf(id)?.steps(addresses(url), token) ?? []).map((step) => step.code ?? "").join("\n");

describe("set-up of clients", () => {
  it("has the token and the address in each", () => {
    for (const client of CLIENTS) {
      const shown = text(client.id, "https://xdr.example.com", "mxi_token_text");
      expect(shown, client.id).toContain("mxi_token_text");
      if (client.id !== "syslog") expect(shown, client.id).toContain("xdr.example.com");
      expect(shown, client.id).not.toContain("undefined");
    }
  });
  it("says whether the way is encrypted, and its port", () => {
    expect(text("rsyslog", "https://xdr.example.com")).toContain('serverport="443" usehttps="on"');
    expect(text("rsyslog", "http://10.0.0.5:8000")).toContain('server="10.0.0.5" serverport="8000" usehttps="off"');
    expect(text("fluent-bit", "http://10.0.0.5:8000")).toMatch(/Port +8000\n +tls +Off\n +URI +\/api\/ingest/);
    expect(text("beats", "https://xdr.example.com")).toContain('"https://xdr.example.com:443"');
    expect(text("beats", "http://10.0.0.5:8000")).toContain('"http://10.0.0.5:8000"');
  });
  it("tells how to switch syslog on where it is off, and where it listens where it is on", () => {
    expect(text("syslog", "https://xdr.example.com")).toContain("MINIXDR_SYSLOG_TCP_PORT");
    const given = { ...addresses("https://xdr.example.com"), syslog: { tcp: "10.0.0.5:6514", udp: null, tls: null } };
    const shown = clientOf("syslog")
      ?.steps(given, "mxi_a_b")
      .map((step) => step.code)
      .join("\n");
    expect(shown).toContain("TCP  10.0.0.5:6514");
    expect(shown).toContain('target="10.0.0.5" port="6514"');
    expect(shown).not.toContain("gtls");
  });
});

it("takes addresses apart", () => {
  expect(placeOf("https://xdr.example.com/elastic")).toMatchObject({ port: "443", tls: true, path: "/elastic" });
  expect(hostPort("[::1]:6514")).toEqual(["::1", "6514"]);
});
