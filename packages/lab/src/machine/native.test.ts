// Runs with matrix products by a library, where a BLAS is installed.
import { fileURLToPath } from "node:url";
import { afterEach, expect, it, vi } from "vitest";
import { loadBackend } from "./backend.js";
import { kernelsOf } from "./kernels.js";
import { findBlas } from "./native.js";

const PACKAGES = fileURLToPath(new URL("../../../kernels", import.meta.url));

vi.stubEnv("EOSS_PACKAGES", PACKAGES);
const missing = await findBlas().then(
  () => undefined,
  (error: Error) => error.message,
);
if (missing) console.log(`tests of native products are skipped: ${missing}`);
afterEach(() => vi.unstubAllEnvs());

it("says what to install where koffi is missing, before anything else is tried", async () => {
  vi.stubEnv("EOSS_PACKAGES", "");
  vi.stubEnv("EOSS_KERNELS", "native");
  await expect(loadBackend("wasm")).rejects.toThrow(
    /^the package koffi is not installed; install it beside eoss: npm install koffi \(or set EOSS_PACKAGES/,
  );
});

it.skipIf(missing)("says which variable names a library", async () => {
  vi.stubEnv("EOSS_PACKAGES", PACKAGES);
  vi.stubEnv("EOSS_BLAS", "/nowhere/libblas.so");
  await expect(findBlas()).rejects.toThrow(
    /no BLAS was found here \(\/nowhere\/libblas\.so: .*EOSS_BLAS names the file/,
  );
});

it.skipIf(missing)("records the library, and what makes the rest", async () => {
  vi.stubEnv("EOSS_PACKAGES", PACKAGES);
  vi.stubEnv("EOSS_KERNELS", "native");
  await loadBackend("wasm");
  const { name } = await findBlas();
  expect(name).toMatch(/\d/);
  expect(["simd", "relaxed"].map((variant) => `native ${name}, ${variant}`)).toContain(
    kernelsOf("wasm"),
  );
});
