/** cpu, wasm, and the native backend where it was built. */
export { backends, useBackend } from "../../packages/hvp/src/backends.fixture.js";
