/**
 * Targets of a classifier: row i is 1 at labels[i] and 0 elsewhere.
 *
 * @param labels [n], each from 0 to classes − 1
 * @returns [n × classes], row-major
 * @throws RangeError if a label is not below `classes`
 * @example
 * oneHot([2, 0], 3); // Float32Array [0, 0, 1, 1, 0, 0]
 */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    rows[i * classes + checkedLabel(labels, i, classes)] = 1;
  }
  return rows;
}

/** labels[i], if it is one of the classes. */
export function checkedLabel(labels: ArrayLike<number>, i: number, classes: number): number {
  const label = labels[i]!;
  if (Number.isInteger(label) && label >= 0 && label < classes) return label;
  throw new RangeError(`label ${i} is ${label}, expected an integer from 0 to ${classes - 1}`);
}
