import { CodeBlock } from "@/features/sources/code-block";
import { NODE, PYTHON } from "./notifications-signature";

/** What a receiver does with the secret of a webhook. */
export function SignatureHelp() {
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <p>
        Each message has a header <code className="font-mono text-sm">X-Minixdr-Signature: t=…,v1=…</code>: HMAC-SHA256,
        under the secret, of <code className="font-mono text-sm">t</code>, a dot and the body. Check it on the bytes
        that came, and that <code className="font-mono text-sm">t</code> is not older than five minutes.
      </p>
      <h3 className="font-medium text-ink">Python</h3>
      <CodeBlock label="Check in Python" text={PYTHON} />
      <h3 className="font-medium text-ink">Node.js</h3>
      <CodeBlock label="Check in Node.js" text={NODE} />
      <p>
        Answer with 2xx within 15 seconds. A message may come more than once:{" "}
        <code className="font-mono text-sm">X-Minixdr-Delivery</code> is then the same.
      </p>
    </div>
  );
}
