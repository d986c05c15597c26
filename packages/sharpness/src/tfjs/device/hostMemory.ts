// What searches keep between measurements, in memory that outlives the device.
import { dispose, tensor1d } from "@tensorflow/tfjs-core";
import type { DeviceVector } from "./deviceSpace.js";

/** Vectors by name, with all that ever were in it. */
class DeviceMemory extends Map<string, DeviceVector> {
  readonly #all = new Set<DeviceVector>();

  override set(name: string, vector: DeviceVector): this {
    this.#all.add(vector);
    return super.set(name, vector);
  }

  dispose(): void {
    dispose([...this.#all]);
  }
}

/**
 * Runs `body` with the vectors of a memory on the device. What it leaves there is the memory afterwards; if
 * it fails, the memory stays as it was.
 */
export async function withHostMemory<T>(
  host: Map<string, Float32Array>,
  body: (memory: Map<string, DeviceVector>) => Promise<T>,
): Promise<T> {
  const memory = new DeviceMemory();
  try {
    for (const [name, values] of host) memory.set(name, tensor1d(values));
    const result = await body(memory);
    const left = await Promise.all(
      [...memory].map(async ([name, vector]) => [name, await vector.data()] as const),
    );
    host.clear();
    for (const [name, values] of left) host.set(name, Float32Array.from(values));
    return result;
  } finally {
    memory.dispose();
  }
}
