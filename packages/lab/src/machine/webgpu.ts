/** The graphics card, as Node reaches it through WebGPU: Dawn, by the package `webgpu`. */

import { EossError } from "@eoss/rng";
import { ConfigError } from "@eoss/run";
import * as tf from "@tensorflow/tfjs-core";

/** The packages that the backend needs: that of tfjs, and that of WebGPU. */
export const WEBGPU_PACKAGES = ["@tensorflow/tfjs-backend-webgpu", "webgpu"] as const;

/** The graphics card gave up, or refused work: what it computed since cannot be trusted. */
export class GraphicsCardError extends EossError {
  override readonly name = "GraphicsCardError";
}

/** A card as it names itself, with its driver, and what it allows. */
export interface GraphicsCard {
  readonly name: string;
  /** Bytes of a vector that it holds at most. */
  readonly vectorBytes: number;
}

interface Dawn {
  readonly create: (flags: readonly string[]) => Gpu;
  readonly globals: object;
}

interface Gpu {
  requestAdapter(): Promise<{ readonly info?: AdapterInfo } | null>;
}

type AdapterInfo = Readonly<
  Partial<Record<"vendor" | "architecture" | "device" | "description", string>>
>;

/** What is used of the backend of tfjs. */
export interface Backend {
  readonly device: Device;
  /** Of its advice against reading at once, which fails in Node. */
  hasReadSyncWarned?: boolean;
  read(data: object): Promise<unknown>;
  readSync(data: object): unknown;
}

interface Device {
  readonly limits: {
    readonly maxBufferSize: number;
    readonly maxStorageBufferBindingSize: number;
  };
  readonly lost: Promise<{ readonly message: string }>;
  addEventListener(type: "uncapturederror", listener: (event: ErrorEvent) => void): void;
}

interface ErrorEvent {
  readonly error: { readonly message: string };
}

let name = "a graphics card without a name";
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
  const { vendor, architecture, device, description } = adapter.info ?? {};
  const words = new Set([vendor, architecture, device, description].filter(Boolean));
  if (words.size > 0) name = [...words].join(", ");
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  await load(backend);
}

/** Takes note of the card that the backend computes on, and guards its reads. */
export function cardStarted(): void {
  if (card !== undefined) return;
  const backend = tf.backend() as unknown as Backend;
  const { maxBufferSize, maxStorageBufferBindingSize } = backend.device.limits;
  card = { name, vectorBytes: Math.min(maxBufferSize, maxStorageBufferBindingSize) };
  guardReads(backend);
}

/**
 * Lets no number out of a backend that was made after its card was lost, ran out of memory or refused
 * work: tfjs does not look, and would give zeros. What is asked for at once is refused in words.
 */
export function guardReads(backend: Backend): void {
  const { device, read, readSync } = backend;
  let fault: GraphicsCardError | undefined;
  void device.lost.then((info) => {
    fault ??= new GraphicsCardError(`the graphics card was lost (${firstLine(info)}). ${RESUME}`);
  });
  device.addEventListener("uncapturederror", ({ error }) => {
    fault ??= refusal(error);
  });
  backend.read = async (data) => {
    const numbers = await read.call(backend, data).catch((cause: Error) => {
      // A card that is lost ends what waits for it, perhaps before it says why.
      throw (
        fault ??
        new GraphicsCardError(
          `the graphics card gives no numbers (${firstLine(cause)}). ${RESUME}`,
          {
            cause,
          },
        )
      );
    });
    if (fault) throw fault;
    return numbers;
  };
  backend.hasReadSyncWarned = true;
  backend.readSync = (data) => {
    try {
      return readSync.call(backend, data);
    } catch (cause) {
      throw new EossError(
        "numbers are asked for at once, and the webgpu backend gives them only later; use --backend wasm",
        { cause },
      );
    }
  };
}

const RESUME = "A run that was under way ends here; eoss resume goes on from its newest checkpoint";

function refusal(error: ErrorEvent["error"]): GraphicsCardError {
  const why = firstLine(error);
  if (error.constructor.name === "GPUOutOfMemoryError") {
    return new GraphicsCardError(
      `the memory of the graphics card ran out (${why}): take a smaller network, --batch or --samples. ${RESUME}`,
    );
  }
  return new GraphicsCardError(
    `the graphics card refused work (${why}): its numbers cannot be trusted. Where a buffer is too large, take a ` +
      `smaller network, --batch or --samples. ${RESUME}`,
  );
}

/** Dawn adds in which calls it was. */
const firstLine = ({ message }: { readonly message: string }) => message.split("\n")[0]!;

/** @throws ConfigError if the card that runs does not hold a vector of so many parameters */
export function checkCardHolds(parameters: number): void {
  if (card === undefined || 4 * parameters <= card.vectorBytes) return;
  throw new ConfigError(
    `the network has ${parameters} parameters, and a vector of them takes ${mib(4 * parameters)} MiB: the ` +
      `graphics card (${card.name}) holds ${mib(card.vectorBytes)} MiB in one buffer; take a smaller network, or ` +
      "--backend wasm",
  );
}

const mib = (bytes: number) => Math.floor(bytes / 2 ** 20);
