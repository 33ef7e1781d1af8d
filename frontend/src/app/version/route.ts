import manifest from "../../../package.json";

export const dynamic = "force-dynamic";

/** Which console answers: the version of its source, and the revision it was built from where the image says it. */
export function GET(): Response {
  return Response.json(
    { name: "minixdr-console", version: manifest.version, revision: process.env.MINIXDR_REVISION ?? null },
    { headers: { "cache-control": "no-store" } },
  );
}
