/** WebGPU in the worker of a run: the graphics card that the browser gives, guarded as on the command line. */

import {
  type AdapterInfo,
  type CardAdvice,
  type CardBackend,
  cardOf,
  cardVersions,
  type GraphicsCard,
  guardReads,
} from "@eoss/run/internal";
import { version } from "@tensorflow/tfjs-backend-webgpu/package.json";
import * as tf from "@tensorflow/tfjs-core";

/** What to do in the page. */
const ADVICE: CardAdvice = {
  goOn:
    "The numbers so far stay on this page, and Export keeps them. Reset and Run begins again: the same seed " +
    "takes the same steps, and the backend wasm needs no graphics card",
  smaller: "a smaller network, batch or number of samples",
  otherBackend: "the backend wasm",
};

interface Gpu {
  requestAdapter(options: object): Promise<{ readonly info?: AdapterInfo } | null>;
}

let info: AdapterInfo | undefined;

/**
 * Registers the backend of tfjs, which asks for the same card.
 *
 * @throws Error saying what is missing in this browser, and what to take instead
 */
export async function loadWebGpu(): Promise<void> {
  const { gpu } = navigator as { gpu?: Gpu };
  if (gpu === undefined) {
    throw new Error(
      "This browser has no WebGPU here: it needs a recent version, and a page that came by https or from this " +
        "machine. Choose the backend wasm.",
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new Error(
      "This browser has WebGPU, but gives no graphics card: its driver may be blocked, or there is none. The " +
        "browser's page about the GPU (chrome://gpu, about:support) says why. Choose the backend wasm.",
    );
  }
  ({ info } = adapter);
  // In a page tfjs could read at once, by drawing numbers on a canvas: with no look at whether the card failed, and
  // not in Node. What would need that shall fail here as it does there.
  Reflect.deleteProperty(globalThis, "OffscreenCanvas");
  await import("@tensorflow/tfjs-backend-webgpu");
}

/** Guards the reads of the backend that has started, and says on which card it computes. */
export function webGpuStarted(): { card: GraphicsCard; versions: Record<string, string> } {
  const backend = tf.backend() as unknown as CardBackend;
  guardReads(backend, ADVICE);
  const card = cardOf(info, backend);
  return { card, versions: { backend: version, ...cardVersions(card) } };
}
