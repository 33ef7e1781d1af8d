import { cookies } from "next/headers";
import { redirect } from "next/navigation";

import { GoOn } from "@/features/sign-in/go-on";
import { NEXT_COOKIE } from "@/features/sign-in/next-cookie";
import { ownPath } from "@/features/sign-in/own-path";

/** The start: the overview, or where one was on the way to before an identity provider was asked. */
export default async function Start() {
  const kept = (await cookies()).get(NEXT_COOKIE)?.value;
  if (kept === undefined) redirect("/overview");
  return <GoOn to={ownPath(kept)} />;
}
