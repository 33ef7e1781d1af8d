import manifest from "../../../package.json";

export const dynamic = "force-dynamic";

/** Which console answers: the version of its source, and the revision and image where its environment tells them. */
export function GET(): Response {
  return Response.json(
    {
      name: "minixdr-console",
      version: manifest.version,
      revision: process.env.MINIXDR_REVISION || null,
      image_digest: process.env.MINIXDR_IMAGE_DIGEST?.split("@").pop() || null,
    },
    { headers: { "cache-control": "no-store" } },
  );
}
