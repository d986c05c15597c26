// Bundles program.js with every bundler, in every format that a script or a program of Node has.
import { resolve } from "node:path";
import commonjs from "@rollup/plugin-commonjs";
import nodeResolve from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import webpack from "webpack";

const entry = resolve("program.js");
const formats = { esm: "mjs", cjs: "cjs", iife: "cjs" };
const fileName = (bundler, format) => `${bundler}-${format}.${formats[format]}`;

for (const format of Object.keys(formats)) {
  await esbuild.build({
    entryPoints: [entry],
    outfile: resolve("dist", fileName("esbuild", format)),
    bundle: true,
    format,
    minify: format === "iife",
    platform: format === "cjs" ? "node" : "browser",
    // tfjs' CommonJS files are not among those that it says have side effects: its backends would go.
    mainFields: ["browser", "module", "main"],
    // Branches of tfjs that only Node takes.
    external: ["crypto", "fs", "os", "path", "perf_hooks", "util", "worker_threads"],
    logLevel: "error",
  });
}

const rolled = await rollup({
  input: entry,
  plugins: [nodeResolve({ browser: true }), commonjs()],
  onwarn: () => {},
});
for (const format of Object.keys(formats)) {
  const file = resolve("dist", fileName("rollup", format));
  await rolled.write({ file, format, inlineDynamicImports: true });
}

await vite.build({
  configFile: false,
  logLevel: "error",
  build: {
    emptyOutDir: false,
    outDir: "dist",
    lib: {
      entry,
      name: "program",
      formats: ["es", "cjs", "iife"],
      fileName: (format) => fileName("vite", format === "es" ? "esm" : format),
    },
  },
});

const output = { path: resolve("dist"), filename: "webpack-web.cjs" };
const stats = await new Promise((done, failed) => {
  webpack({ mode: "production", target: "web", entry, output }, (error, result) =>
    error ? failed(error) : done(result),
  );
});
if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
