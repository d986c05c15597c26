/** Streams of random numbers that are a function of seed, name and index. */

export { EossError } from "./error.js";
export { philox } from "./philox.js";
export { type RandomStream, stream } from "./stream.js";
