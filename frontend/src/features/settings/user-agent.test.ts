import { expect, it } from "vitest";

import { agentText } from "./user-agent";

it("names browser and system, and does not take Edge for Chrome nor Chrome for Safari", () => {
  expect(
    agentText(
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    ),
  ).toBe("Edge 141 on Windows");
  expect(
    agentText("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"),
  ).toBe("Chrome 141 on Linux");
  expect(
    agentText(
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
    ),
  ).toBe("Safari 18 on iOS");
  expect(agentText("Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0")).toBe(
    "Firefox 142 on Linux",
  );
});

it("shows what it does not know as it is", () => {
  expect(agentText("python-httpx/0.28")).toBe("python-httpx/0.28");
  expect(agentText("curl/8.14")).toBe("curl 8");
  expect(agentText(null)).toBe("not known");
});
