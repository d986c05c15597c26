import { createRequire } from "node:module";
import { loadBlas } from "@eoss/kernels/native";

/** Options of `installKernels` by a name: a variant, "native", or the best of WebAssembly for none. */
export async function kernelOptions(name) {
  if (name !== "native") return name ? { variant: name } : {};
  const require = createRequire(new URL("../../.koffi/package.json", import.meta.url));
  return { blas: await loadBlas({ koffi: require("koffi") }) };
}
