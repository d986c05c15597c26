import { loadBlas } from "@eoss/kernels/native";

/** Options of `installKernels` by a name: a variant, "native", or the best of WebAssembly for none. */
export async function kernelOptions(name) {
  if (name === "native") return { blas: await loadBlas() };
  return name ? { variant: name } : {};
}
