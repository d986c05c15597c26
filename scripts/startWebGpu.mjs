// WebGPU in Node as the backend of tfjs, from where `scripts/webgpu.mjs` puts it: for tests and benchmarks.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./workspace.mjs";

/** The folder in which the packages are. */
export const home = join(root, ".webgpu");
const addons = join(home, "node_modules/webgpu/dist", `${process.platform}-${process.arch}`);
/** The software renderer that Chromium brings. */
export const SOFTWARE = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Why WebGPU cannot be started in software here; undefined if it can. */
export function missingHere() {
  if (!existsSync(addons)) return "it is not here: node scripts/webgpu.mjs puts it there";
  return existsSync(SOFTWARE) ? undefined : "there is no software renderer: Chromium brings one";
}

/**
 * @param tf `@tensorflow/tfjs-core`
 * @param software whether Chromium's software renderer may take the place of a graphics card
 * @returns the name of the card, or why there is none
 */
export async function startWebGpu(tf, { software = true } = {}) {
  if (!existsSync(addons)) return { absent: missingHere() };
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
