// What `@eoss/kernels` offers.
export { type InstalledKernels, installKernels } from "./install.js";
export { bestVariant, type KernelVariant } from "./module.js";
