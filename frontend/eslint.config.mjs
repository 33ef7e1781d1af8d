import next from "eslint-config-next/core-web-vitals";
import typescript from "eslint-config-next/typescript";

const config = [
  {
    ignores: [
      ".next/**",
      "node_modules/**",
      "src/api/schema.d.ts",
      "next-env.d.ts",
      "test-results/**",
      "playwright-report/**",
    ],
  },
  ...next,
  ...typescript,
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
  // Playwright's fixtures have a parameter named `use`.
  { files: ["e2e/**"], rules: { "react-hooks/rules-of-hooks": "off" } },
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      // Who is signed in, or where, changed: everything the page holds is another's, so it is loaded anew.
      "@next/next/no-location-assign-relative-destination": "off",
      "no-console": ["error", { allow: ["error"] }],
    },
  },
];

export default config;
