// Numbers of tensors, which arrive later: those that are asked for at once come in one read.
import { readLater } from "@eoss/hvp/internal";
import { concat, type Tensor1D } from "@tensorflow/tfjs-core";

interface Asked {
  readonly numbers: Tensor1D;
  resolve(numbers: ArrayLike<number>): void;
  reject(error: unknown): void;
}

export class Reads {
  #asked: Asked[] = [];

  /** The entries of a tensor, which is disposed. */
  ask(numbers: Tensor1D): Promise<ArrayLike<number>> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) queueMicrotask(() => void this.#read());
      this.#asked.push({ numbers, resolve, reject });
    });
  }

  async #read(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const tensors = asked.map(({ numbers }) => numbers);
    try {
      const numbers = await readLater(() => concat(tensors));
      let offset = 0;
      for (const { numbers: own, resolve } of asked) {
        resolve(numbers.subarray(offset, offset + own.size));
        offset += own.size;
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      for (const tensor of tensors) tensor.dispose();
    }
  }
}
