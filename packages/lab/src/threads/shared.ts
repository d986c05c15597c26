import type { Dataset } from "@eoss/data/node";
import type { Position } from "@eoss/run";
import type { SavedState, SavedTensor } from "@eoss/sgd";

// What several threads read is put where all of them can: sending it would copy it for each.

/** A data set whose images threads share. */
export function sharedDataset(dataset: Dataset): Dataset {
  return { ...dataset, images: sharedVector(dataset.images) };
}

/** A position whose tensors threads share; without what only the next training step needs. */
export function sharedPosition({ state, optimizer, plateaus }: Position): Position {
  const { params, slots, ...counts } = state;
  const sharedState: SavedState = {
    ...counts,
    params: sharedParams(params),
    slots: Object.fromEntries(
      Object.entries(slots).map(([name, slot]) => [name, sharedParams(slot)]),
    ),
  };
  return { state: sharedState, optimizer, plateaus };
}

function sharedParams(params: Readonly<Record<string, SavedTensor>>): Record<string, SavedTensor> {
  return Object.fromEntries(
    Object.entries(params).map(([name, { shape, values }]) => [
      name,
      { shape, values: sharedVector(values) },
    ]),
  );
}

/** A copy that threads share. */
export function sharedVector(values: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
