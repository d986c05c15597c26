/** The WebAssembly backend of tfjs, as far as kernels need it. */

import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmMemory } from "./webAssembly.js";

/** `BackendWasm` of @tensorflow/tfjs-backend-wasm. */
export interface WasmBackend {
  /** The module of Emscripten; its memory is a field that its types do not name. */
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    readonly asm?: { readonly memory?: WasmMemory };
    readonly wasmMemory?: WasmMemory;
    _malloc(bytes: number): number;
  };
  /** Address of a tensor's numbers. */
  getMemoryOffset(dataId: TensorInfo["dataId"]): number;
  /** A tensor whose numbers are yet to be written. */
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  disposeData(dataId: TensorInfo["dataId"], force?: boolean): boolean;
}

/** The memory that the backend's tensors are in; undefined where it cannot be reached or is shared. */
export function memoryOf({ wasm }: WasmBackend): WasmMemory | undefined {
  const memory = wasm.asm?.memory ?? wasm.wasmMemory;
  return memory?.buffer instanceof ArrayBuffer ? memory : undefined;
}
