export { philox } from "./philox.js";
export { type RandomStream, stream } from "./stream.js";
