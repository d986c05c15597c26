import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { source } from "./wasm.generated.js";

it("the WebAssembly is made from the source that is here", () => {
  const folder = new URL("../assembly/", import.meta.url);
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(new URL(name, folder)));
  expect(source, "node scripts/build.mjs makes it").toBe(hash.digest("hex"));
});
