// After `next build`: puts what Next's standalone server leaves out (static files, the preload) beside it, so that its folder runs anywhere.
import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const target = join(root, ".next/standalone");
cpSync(join(root, ".next/static"), join(target, ".next/static"), { recursive: true });
if (existsSync(join(root, "public"))) cpSync(join(root, "public"), join(target, "public"), { recursive: true });
cpSync(join(root, "forwarded.cjs"), join(target, "forwarded.cjs"));
