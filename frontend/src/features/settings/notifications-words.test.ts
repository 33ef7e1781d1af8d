import { createHmac, timingSafeEqual } from "node:crypto";
import { describe, expect, it } from "vitest";

import { Problem } from "@/api/problem";
import { NODE } from "./notifications-signature";
import { type Delivery, answerText, errorUnder, incidentText, newSecret, recipientsOf } from "./notifications-words";

describe("recipients", () => {
  it("are taken apart however they are typed, each once", () => {
    expect(recipientsOf(" ann@example.com,\nbob@example.com; ann@example.com\n\n")).toEqual([
      "ann@example.com",
      "bob@example.com",
    ]);
    expect(recipientsOf(" \n")).toEqual([]);
  });

  it("have the error of any of them at their field", () => {
    const error = new Problem({
      status: 422,
      kind: "invalid",
      detail: "No.",
      errors: [{ pointer: "/recipients/1", detail: "Not an address." }],
    });
    expect(errorUnder(error, "recipients")).toBe("Not an address.");
    expect(errorUnder(error, "recipient")).toBeNull();
  });
});

describe("a delivery", () => {
  it("says why it failed before what was answered", () => {
    expect(answerText({ status: 500, answer: "oops", error: "The answer was 500." })).toBe("500 The answer was 500.");
    expect(answerText({ status: 200, answer: "ok", error: null })).toBe("200 ok");
    expect(answerText({ status: null, answer: null, error: null })).toBe("");
  });

  it("names its incident as it was", () => {
    const of = (payload: Record<string, unknown>) => incidentText({ payload } as unknown as Delivery);
    expect(of({ incident: { number: 6, title: "Persistence" } })).toBe("#6 Persistence");
    expect(of({ incident: null })).toBeNull();
  });
});

describe("a webhook's signature", () => {
  // What the page tells to paste, run: `import` and `export` are for modules only.
  const body = NODE.replace(/^import .*$/m, "").replace("export function", "return function");
  const genuine = new Function("createHmac", "timingSafeEqual", body)(createHmac, timingSafeEqual) as (
    secret: string,
    header: string,
    body: Buffer,
    now: number,
  ) => boolean;
  const message = Buffer.from('{"event":"test"}');
  const header = "t=1764063000,v1=3513d03fbb11b8cfa5583985d67b05ee215cc3d870e3924c99c8da839825795f";

  it("is checked by what the page tells", () => {
    expect(genuine("a secret", header, message, 1764063010)).toBe(true);
    expect(genuine("another", header, message, 1764063010)).toBe(false);
    expect(genuine("a secret", header, Buffer.from("{}"), 1764063010)).toBe(false);
    expect(genuine("a secret", header, message, 1764063300)).toBe(false);
    expect(genuine("a secret", "t=1764063000", message, 1764063010)).toBe(false);
  });

  it("is under a secret that is new each time", () => {
    expect(newSecret()).toMatch(/^[\w-]{43}$/);
    expect(newSecret()).not.toBe(newSecret());
  });
});
