export const dynamic = "force-dynamic";

/** For the load balancer: this process answers. It says nothing of the api, which has a check of its own. */
export function GET(): Response {
  return Response.json({ status: "ok" }, { headers: { "cache-control": "no-store" } });
}
