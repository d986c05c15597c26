// Streams of random numbers that are a function of seed, name and index.

export { EossError } from "./error.js";
export type { LoadPluginOptions } from "./internal/plugin.js";
export { philox } from "./philox.js";
export { type RandomStream, stream } from "./stream.js";
