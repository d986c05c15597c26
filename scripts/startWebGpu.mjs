// WebGPU in Node as the backend of tfjs, from where `scripts/webgpu.mjs` puts it: for tests and benchmarks.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./workspace.mjs";

const home = join(root, ".webgpu");
/** The software renderer that Chromium brings. */
const SOFTWARE = "/usr/lib/chromium/vk_swiftshader_icd.json";

/**
 * @param tf `@tensorflow/tfjs-core`
 * @param software whether Chromium's software renderer may take the place of a graphics card
 * @returns the name of the card, or why there is none
 */
export async function startWebGpu(tf, { software = true } = {}) {
  if (!existsSync(join(home, "node_modules"))) {
    return { absent: "it is not here: node scripts/webgpu.mjs puts it there" };
  }
  const { resolve } = createRequire(join(home, "package.json"));
  const load = (name) => import(pathToFileURL(resolve(name)).href);
  const { create, globals } = await load("webgpu");
  Object.assign(globalThis, globals);
  let gpu = create([]);
  let adapter = await gpu.requestAdapter();
  if (!adapter && software && existsSync(SOFTWARE)) {
    process.env.VK_ICD_FILENAMES ??= SOFTWARE;
    gpu = create([]);
    adapter = await gpu.requestAdapter();
  }
  if (!adapter) return { absent: "there is no graphics card, and no software renderer" };
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  await load("@tensorflow/tfjs-backend-webgpu");
  tf.enableProdMode();
  await tf.setBackend("webgpu");
  await tf.ready();
  const { vendor, architecture, device, description } = adapter.info;
  const name = [...new Set([vendor, architecture, device, description])].filter(Boolean).join(", ");
  return { name };
}
