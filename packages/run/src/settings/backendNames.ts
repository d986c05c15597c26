/** The names for `--backend`. */
export const backendNames = ["auto", "wasm", "cpu", "node", "node-gpu", "webgpu"] as const;

export type BackendName = (typeof backendNames)[number];
