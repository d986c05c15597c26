import type { NumberArray } from "./define.js";

/** Some rows of a matrix [n × size], in a new array of the same type. */
export function rowsOf(values: NumberArray, size: number, rows: ArrayLike<number>): NumberArray {
  const out = new (values.constructor as new (length: number) => NumberArray)(rows.length * size);
  for (let row = 0; row < rows.length; row++) {
    out.set(values.subarray(rows[row]! * size, (rows[row]! + 1) * size) as never, row * size);
  }
  return out;
}
