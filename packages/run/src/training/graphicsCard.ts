/** A graphics card behind tfjs' WebGPU backend: what it is, and a guard that takes no number of one that failed. */

import { EossError } from "@eoss/rng";
import { ConfigError } from "../settings/configError.js";

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

/** What a user can do, in the words of the program that the user sees. */
export interface CardAdvice {
  /** How a run that was under way goes on: a sentence without its full stop. */
  readonly goOn: string;
  /** The settings that take less memory, after "take ". */
  readonly smaller: string;
  /** The backend that always goes, after "use ". */
  readonly otherBackend: string;
}

/** What is used of the backend of tfjs. */
export interface CardBackend {
  readonly device: CardDevice;
  /** Of its advice against reading at once, which fails. */
  hasReadSyncWarned?: boolean;
  read(data: object): Promise<unknown>;
  readSync(data: object): unknown;
}

interface CardDevice {
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

/** How an adapter of WebGPU names itself. */
export type AdapterInfo = Readonly<
  Partial<Record<"vendor" | "architecture" | "device" | "description", string>>
>;

/** The card of an adapter, with the limits of the device that the backend has made of it. */
export function cardOf(info: AdapterInfo | undefined, { device }: CardBackend): GraphicsCard {
  const { vendor, architecture, device: model, description } = info ?? {};
  const words = [...new Set([vendor, architecture, model, description].filter(Boolean))];
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  return {
    name: words.length > 0 ? words.join(", ") : "a graphics card without a name",
    vectorBytes: Math.min(maxBufferSize, maxStorageBufferBindingSize),
  };
}

/** What the manifest of a run says of the card: a run that goes on with another one says so. */
export function cardVersions({ name, vectorBytes }: GraphicsCard): Record<string, string> {
  return { card: name, "bytes in a buffer of the card": String(vectorBytes) };
}

/**
 * Lets no number out of a backend that was made after its card was lost, ran out of memory or refused
 * work: tfjs does not look, and would give zeros. What is asked for at once is refused in words.
 */
export function guardReads(backend: CardBackend, advice: CardAdvice): void {
  const { device, read, readSync } = backend;
  const { goOn, otherBackend } = advice;
  let fault: GraphicsCardError | undefined;
  void device.lost.then((info) => {
    fault ??= new GraphicsCardError(`the graphics card was lost (${firstLine(info)}). ${goOn}`);
  });
  device.addEventListener("uncapturederror", ({ error }) => {
    fault ??= refusal(error, advice);
  });
  backend.read = async (data) => {
    const numbers = await read.call(backend, data).catch((cause: Error) => {
      // A card that is lost ends what waits for it, perhaps before it says why.
      const message = `the graphics card gives no numbers (${firstLine(cause)}). ${goOn}`;
      throw fault ?? new GraphicsCardError(message, { cause });
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
        `numbers are asked for at once, and the webgpu backend gives them only later; use ${otherBackend}`,
        { cause },
      );
    }
  };
}

function refusal(error: ErrorEvent["error"], { goOn, smaller }: CardAdvice): GraphicsCardError {
  const why = firstLine(error);
  if (error.constructor.name === "GPUOutOfMemoryError") {
    return new GraphicsCardError(
      `the memory of the graphics card ran out (${why}): take ${smaller}. ${goOn}`,
    );
  }
  return new GraphicsCardError(
    `the graphics card refused work (${why}): its numbers cannot be trusted. Where a buffer is too large, take ` +
      `${smaller}. ${goOn}`,
  );
}

/** Dawn adds in which calls it was. */
const firstLine = ({ message }: { readonly message: string }) => message.split("\n")[0]!;

/** @throws ConfigError if the card does not hold a vector of so many parameters */
export function checkCardHolds(
  { name, vectorBytes }: GraphicsCard,
  parameters: number,
  { otherBackend }: Pick<CardAdvice, "otherBackend">,
): void {
  if (4 * parameters <= vectorBytes) return;
  throw new ConfigError(
    `the network has ${parameters} parameters, and a vector of them takes ${mib(4 * parameters)} MiB: the ` +
      `graphics card (${name}) holds ${mib(vectorBytes)} MiB in one buffer; take a smaller network, or ` +
      otherBackend,
  );
}

const mib = (bytes: number) => Math.floor(bytes / 2 ** 20);
