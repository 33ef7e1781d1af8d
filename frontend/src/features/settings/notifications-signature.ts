/** How a receiver checks that a message is ours. The tests run the one for Node.js. */
export const PYTHON = `import hmac

def genuine(secret: str, header: str, body: bytes, now: float) -> bool:
    parts = dict(part.split("=", 1) for part in header.split(","))
    expected = hmac.digest(secret.encode(), parts["t"].encode() + b"." + body, "sha256").hex()
    return hmac.compare_digest(expected, parts["v1"]) and abs(now - int(parts["t"])) < 300`;

export const NODE = `import { createHmac, timingSafeEqual } from "node:crypto";

export function genuine(secret, header, body, now) {
  const parts = Object.fromEntries(header.split(",").map((part) => part.split("=", 2)));
  const expected = createHmac("sha256", secret).update(\`\${parts.t}.\`).update(body).digest();
  const given = Buffer.from(parts.v1 ?? "", "hex");
  return given.length === expected.length && timingSafeEqual(given, expected) && Math.abs(now - Number(parts.t)) < 300;
}`;
