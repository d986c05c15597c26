import fs from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

for (const code of ['export * from "@eoss/eigen"', 'export { lanczos } from "@eoss/eigen"']) {
  const r = await build({
    stdin: { contents: code, resolveDir: "." },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    target: "es2022",
    alias: { "@eoss/eigen": "/work/main/packages/eigen/src/index.ts" },
  });
  console.log(
    code,
    gzipSync(r.outputFiles[0].contents, { level: 9 }).length,
    r.outputFiles[0].contents.length,
  );
  fs.writeFileSync("/tmp/min.js", r.outputFiles[0].contents);
}
