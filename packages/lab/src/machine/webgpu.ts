/** The graphics card, as Node reaches it through WebGPU: Dawn, by the package `webgpu`. */

import {
  type AdapterInfo,
  type CardAdvice,
  type CardBackend,
  cardOf,
  checkCardHolds,
  type GraphicsCard,
  guardReads,
} from "@eoss/run/internal";
import * as tf from "@tensorflow/tfjs-core";

/** The packages that the backend needs: that of tfjs, and that of WebGPU. */
export const WEBGPU_PACKAGES = ["@tensorflow/tfjs-backend-webgpu", "webgpu"] as const;

/** What to do on the command line. */
const ADVICE: CardAdvice = {
  goOn: "A run that was under way ends here; eoss resume goes on from its newest checkpoint",
  smaller: "a smaller network, --batch or --samples",
  otherBackend: "--backend wasm",
};

interface Dawn {
  readonly create: (flags: readonly string[]) => Gpu;
  readonly globals: object;
}

interface Gpu {
  requestAdapter(): Promise<{ readonly info?: AdapterInfo } | null>;
}

let info: AdapterInfo | undefined;
let card: GraphicsCard | undefined;

/** The card that the backend computes on; undefined if it has not been started. */
export const runningCard = (): GraphicsCard | undefined => card;

/**
 * Makes WebGPU what it is in a browser, and registers the backend on it.
 *
 * @param load imports one of the packages
 * @throws Error if there is no card
 */
export async function loadWebGpu(load: (source: string) => Promise<unknown>): Promise<void> {
  if (card !== undefined) return;
  const [backend, webgpu] = WEBGPU_PACKAGES;
  const { create, globals } = (await load(webgpu)) as Dawn;
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error("WebGPU found no graphics card");
  ({ info } = adapter);
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  await load(backend);
}

/** Takes note of the card that the backend computes on, and guards its reads. */
export function cardStarted(): void {
  if (card !== undefined) return;
  const backend = tf.backend() as unknown as CardBackend;
  card = cardOf(info, backend);
  guardReads(backend, ADVICE);
}

/** @throws ConfigError if the card that runs does not hold a vector of so many parameters */
export function checkRunningCardHolds(parameters: number): void {
  if (card !== undefined) checkCardHolds(card, parameters, ADVICE);
}
