import type { NextConfig } from "next";

// Addresses are read at run time (see src/app/api/[...path]/route.ts): one build serves any platform.
const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  reactStrictMode: true,
  allowedDevOrigins: ["127.0.0.1", "localhost"],
  experimental: { optimizePackageImports: ["lucide-react", "radix-ui"] },
};

export default config;
