/** The backend of tfjs that a run of the page computes on; each is loaded when it is asked for. */

import type { GraphicsCard } from "@eoss/run/internal";
import plain from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import threaded from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import * as tf from "@tensorflow/tfjs-core";
import type { PageBackend } from "../state/state.js";

/** What there is to know of a backend that has started. */
export interface StartedBackend {
  /** For the manifest of the run. */
  readonly versions: Readonly<Record<string, string>>;
  /** Where it computes, if its memory has limits that are known. */
  readonly card?: GraphicsCard;
}

/**
 * Loads and starts a backend in this worker.
 *
 * @param onLost is told when the browser takes the context of WebGL away; a card that WebGPU loses is an error
 *   where its numbers are read
 * @throws Error saying why it does not start, and what to take instead
 */
export async function startBackend(name: PageBackend, onLost: () => void): Promise<StartedBackend> {
  tf.enableProdMode();
  // Each registers itself: what is not asked for must not be there to fall back to.
  if (name === "wasm") {
    const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
    setWasmPaths({
      "tfjs-backend-wasm.wasm": plain,
      "tfjs-backend-wasm-simd.wasm": simd,
      "tfjs-backend-wasm-threaded-simd.wasm": threaded,
    });
  } else if (name === "webgl") {
    await import("@tensorflow/tfjs-backend-webgl");
    // One shader for all shapes: most of the time goes into compiling.
    tf.env().set("WEBGL_USE_SHAPES_UNIFORMS", true);
  } else if (name === "webgpu") {
    await (await import("./webgpu.js")).loadWebGpu();
  } else {
    await import("@tensorflow/tfjs-backend-cpu");
  }
  let started = false;
  try {
    started = await tf.setBackend(name);
  } catch {
    // What follows says it in words of ours.
  }
  if (!started) throw new Error(REFUSALS[name]);
  if (name === "webgl") {
    const { gpgpu } = tf.backend() as unknown as { gpgpu: { gl: WebGLRenderingContext } };
    gpgpu.gl.canvas.addEventListener("webglcontextlost", onLost);
  }
  return name === "webgpu" ? (await import("./webgpu.js")).webGpuStarted() : { versions: {} };
}

const REFUSALS: Readonly<Record<PageBackend, string>> = {
  wasm: "WebAssembly does not start in this browser. Choose the backend cpu: it works everywhere, slowly.",
  webgl:
    "This browser has no WebGL, or it lacks what the computation needs. Choose the backend wasm: it is " +
    "faster for small networks anyway.",
  webgpu:
    "WebGPU gives a graphics card, but not what the computation needs of it. Choose the backend wasm.",
  cpu: "The cpu backend does not start in this browser.",
};
