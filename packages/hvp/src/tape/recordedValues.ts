import { dispose, keep, type Tensor } from "@tensorflow/tfjs-core";
import { Derived } from "../lowering/derived.js";
import { ForeignTensors } from "./foreignTensors.js";
import { share } from "./share.js";
import { outermost, Scope, Value } from "./value.js";

/**
 * Which value of a record a tensor holds. Tensors come and go, and several may hold one value; the
 * record has handles of its own on those that its rules need.
 */
export class RecordedValues {
  readonly foreign = new ForeignTensors();
  readonly #valueOf = new Map<number, Value>();
  /** Where the numbers of values that vary are. */
  readonly #scopeOfData = new Map<Tensor["dataId"], Scope>();
  readonly #parameters = new Scope(0);
  readonly #saved: Tensor[] = [];
  readonly derived = new Derived();

  /** Bytes of the tensors that are kept (shared data counted once). */
  get bytes(): number {
    const sizes = new Map(this.#saved.map((t) => [t.dataId, t.size * 4]));
    let total = this.derived.bytes;
    for (const size of sizes.values()) total += size;
    return total;
  }

  /** The value of a parameter. */
  parameter(tensor: Tensor): Value {
    const value = new Value(tensor.shape, this.#parameters);
    this.set(tensor, value);
    return value;
  }

  /** Its value, whether it varies at present or not. */
  get({ id }: { readonly id: number }): Value | undefined {
    return this.#valueOf.get(id);
  }

  /** Its value, where it varies at present. */
  active(tensor: Tensor): Value | undefined {
    const value = this.#valueOf.get(tensor.id);
    return value?.active ? value : undefined;
  }

  /** Whether anything varies in a tensor; of an empty one nothing does. */
  isActive(tensor: Tensor | null | undefined): boolean {
    return tensor != null && tensor.size > 0 && this.active(tensor) !== undefined;
  }

  /** Whether numbers are those of a value that varies at present. */
  isActiveData(data: Tensor["dataId"]): boolean {
    return this.#scopeOfData.get(data)?.open ?? false;
  }

  /** From now on a tensor, or a variable, holds this value, or none. */
  put({ id }: { readonly id: number }, value: Value | undefined): void {
    if (value) this.#valueOf.set(id, value);
    else this.#valueOf.delete(id);
  }

  /** From now on a tensor has a value that varies. */
  set(tensor: Tensor, value: Value): void {
    this.put(tensor, value);
    this.markData(tensor, value);
    if (value.scope === this.#parameters) this.foreign.computed(tensor);
  }

  markData({ dataId }: Tensor, { scope }: Value): void {
    this.#scopeOfData.set(dataId, outermost([this.#scopeOfData.get(dataId), scope])!);
  }

  /**
   * Ops and tidy() dispose what they do not return, so the record keeps a handle of its own.
   *
   * @param often whether what is derived from it, such as its transpose, is worth keeping too
   */
  save(value: Value, tensor: Tensor, often: boolean): void {
    if (value.saved !== undefined) return;
    const handle = keep(share(tensor));
    value.saved = handle;
    this.put(handle, value);
    this.#saved.push(handle);
    if (often) this.derived.retain(handle);
  }

  dispose(): void {
    dispose(this.#saved);
    this.derived.dispose();
    this.#saved.length = 0;
    this.#valueOf.clear();
    this.foreign.clear();
    this.#scopeOfData.clear();
  }
}
