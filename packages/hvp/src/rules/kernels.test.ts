import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { verifiedKernels } from "@eoss/hvp";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { isPiecewiseConstant } from "./registry.js";

/** Kernels that take no floating numbers, or none at all: there is nothing to differentiate. */
const WITHOUT_GRADIENT = new Set([
  ...["BroadcastArgs", "Draw", "Fill", "FromPixels", "LinSpace", "RaggedRange", "Range"],
  ...["SparseReshape", "StaticRegexReplace", "StringNGrams", "StringSplit"],
  "StringToHashBucketFast",
]);

const core = createRequire(import.meta.url).resolve("@tensorflow/tfjs-core/package.json");
const read = (file: string) => readFileSync(new URL(`dist/${file}`, `file://${core}`), "utf8");

/** Names of all kernels of the installed tfjs, and of those with a gradient in tfjs. */
const names = [...read("kernel_names.js").matchAll(/export const \w+ = '(\w+)'/g)].map(
  ([, n]) => n!,
);
const gradients = new Set(
  [...read("register_all_gradients.js").matchAll(/import \{ (\w+)GradConfig/g)].map(([, n]) =>
    n!.toLowerCase(),
  ),
);

function stateOf(kernel: string): string {
  if (verifiedKernels().includes(kernel)) return "right";
  if (isPiecewiseConstant(kernel)) return "constant";
  return WITHOUT_GRADIENT.has(kernel) ? "no gradient exists" : "refused";
}

function page(): string {
  const on = new Map(
    ["cpu", "wasm"].map((backend) => [
      backend,
      new Set(tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName)),
    ]),
  );
  const rows = [...names].sort().map((kernel) => {
    const where = ["cpu", "wasm"].filter((backend) => on.get(backend)!.has(kernel)).join(", ");
    const own = gradients.has(kernel.toLowerCase()) ? "yes" : "no";
    return `| \`${kernel}\` | ${stateOf(kernel)} | ${own} | ${where || "none"} |`;
  });
  const count = (state: string) => names.filter((kernel) => stateOf(kernel) === state).length;
  return `# Kernels of TensorFlow.js

What @eoss/hvp does with each kernel of tfjs ${tf.version_core}, ${names.length} of them, where it stands between the
parameters and what is differentiated. The page is made from the code.

- **right** (${count("right")}): first and second derivatives follow rules that are tested against differences.
- **constant** (${count("constant")}): comparisons, rounding and indices. The derivative is 0 wherever it exists.
- **no gradient exists** (${count("no gradient exists")}): the kernel takes no floating numbers.
- **refused** (${count("refused")}): \`UnverifiedOpError\` names the kernel. \`registerRule\` adds one. The kernels
  whose names end in Grad or Backprop serve the gradients of tfjs, which are not used here.

A kernel that is right and that a backend lacks is computed from others, where its rule is a composition
of these; else the error of tfjs names the kernel and the backend.

| kernel | here | gradient in tfjs | backends with it |
|---|---|---|---|
${rows.join("\n")}
`;
}

it("the page of kernels says what the code does", () => {
  const file = new URL("../../../../docs/kernels.md", import.meta.url);
  // A kernel of an unknown name in our lists would be an invention.
  expect(
    [...WITHOUT_GRADIENT, ...verifiedKernels()].filter((kernel) => !names.includes(kernel)),
  ).toEqual([]);
  expect(names.length).toBeGreaterThan(150);
  const expected = page();
  if (process.env.EOSS_UPDATE) writeFileSync(file, expected);
  expect(
    existsSync(file) && readFileSync(file, "utf8"),
    "EOSS_UPDATE=1 writes docs/kernels.md",
  ).toBe(expected);
});

it("of the kernels with a gradient in tfjs none is refused", () => {
  const refused = names.filter(
    (kernel) => gradients.has(kernel.toLowerCase()) && stateOf(kernel) === "refused",
  );
  expect(refused).toEqual([]);
});
