import react from "@vitejs/plugin-react";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      "@": resolve(import.meta.dirname, "src"),
      "server-only": resolve(import.meta.dirname, "vitest.server-only.ts"),
    },
  },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node", env: { TZ: "Europe/Berlin" } },
});
