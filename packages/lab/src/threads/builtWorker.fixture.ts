import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import { afterAll, beforeAll } from "vitest";

// Threads run JavaScript: the sources are built for them, beside the package's dependencies.
const folder = new URL(`../../node_modules/.measureWorker-${process.pid}/`, import.meta.url);

export const workerFile = new URL("./measureWorker.js", folder);

/** Builds what threads run, for the tests of a file that mocks `workerFile` with this one. */
export function buildWorker(): void {
  beforeAll(() =>
    build({
      entry: [fileURLToPath(new URL("../measureWorker.ts", import.meta.url))],
      outDir: fileURLToPath(folder),
      format: "esm",
      target: "node20",
      removeNodeProtocol: false,
      noExternal: [/^@eoss\//],
      esbuildOptions: (options) => {
        options.conditions = ["@eoss/source"];
      },
      config: false,
      silent: true,
    }),
  );
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}
