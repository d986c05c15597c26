/**
 * Builds the WebAssembly of this package from `assembly/` and writes it, as text, to `src/wasm.generated.ts`.
 *
 *     node scripts/build.mjs            writes the file
 *     node scripts/build.mjs --check    fails where the file is not what the source makes, byte for byte
 *
 * The compiler comes from the registry by its exact version; it is no dependency, as it takes 100 MB.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const COMPILER = "assemblyscript@0.28.20";
const VARIANTS = { simd: ["simd"], relaxed: ["simd", "relaxed-simd"] };

const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "src/wasm.generated.ts");

const source = createHash("sha256");
for (const name of readdirSync(join(root, "assembly")).sort()) {
  source.update(readFileSync(join(root, "assembly", name)));
}

const asc = (options, stdio) =>
  execFileSync("npx", ["--yes", "--package", COMPILER, "asc", ...options], { cwd: root, stdio });
try {
  asc(["--version"], "ignore");
} catch (error) {
  if (!process.argv.includes("--check")) throw error;
  console.log(
    `${COMPILER} cannot be had here: the bytes of src/wasm.generated.ts were not checked`,
  );
  process.exit();
}

const folder = mkdtempSync(join(tmpdir(), "eoss-kernels-"));
const built = Object.entries(VARIANTS).map(([name, features]) => {
  const file = join(folder, `${name}.wasm`);
  const options = [
    ...["assembly/index.ts", "--outFile", file, "-O3", "--noAssert", "--use", "abort="],
    ...["--runtime", "stub", "--importMemory", "--noExportMemory"],
    ...features.flatMap((feature) => ["--enable", feature]),
  ];
  asc(options, "inherit");
  return [name, readFileSync(file)];
});
rmSync(folder, { recursive: true });

const text = `// Made by scripts/build.mjs from assembly/.

import type { KernelVariant } from "./module.js";

/** SHA-256 of what they were made from. */
export const source = "${source.digest("hex")}";

/** The kernels as WebAssembly, in base64. */
export const binaries: Readonly<Record<KernelVariant, string>> = {
${built.map(([name, bytes]) => `  ${name}:\n    "${bytes.toString("base64")}",`).join("\n")}
};
`;
if (!process.argv.includes("--check")) writeFileSync(target, text);
else if (readFileSync(target, "utf8") !== text) {
  console.error("src/wasm.generated.ts is not what assembly/ makes: run node scripts/build.mjs");
  process.exit(1);
}
console.log(built.map(([name, { length }]) => `${name} ${length} bytes`).join(", "));
