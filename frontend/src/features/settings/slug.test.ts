import { expect, it } from "vitest";

import { slugOf } from "./slug";

it("makes a short name that the api takes, or none", () => {
  expect(slugOf("Example Inc.")).toBe("example-inc");
  expect(slugOf("  Zürich & Söhne  ")).toBe("zurich-sohne");
  expect(slugOf("日本")).toBe("");
  expect(slugOf(`${"a".repeat(62)} b`)).toBe("a".repeat(62));
});
