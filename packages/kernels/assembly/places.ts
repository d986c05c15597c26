/** Numbers by their places: rows that are picked, and rows that are added where they belong. */

import { add } from "./vectors";

/**
 * y[k] = x[indices[k]], rows of `width` numbers of four bytes.
 *
 * @param rows of x
 * @returns false if an index is no row of x; then y is not whole
 */
export function gather(
  count: i32,
  width: i32,
  rows: i32,
  x: usize,
  indices: usize,
  y: usize,
): bool {
  const bytes = <usize>width << 2;
  for (let k = 0; k < count; k++) {
    const row = load<i32>(indices);
    if (<u32>row >= <u32>rows) return false;
    const from = x + <usize>row * bytes;
    if (width == 1) store<i32>(y, load<i32>(from));
    else memory.copy(y, from, bytes);
    indices += 4;
    y += bytes;
  }
  return true;
}

/** The row that an index of `depth` numbers names, in an array of these sizes; −1 if it is outside. */
@inline
function placeOf(index: usize, depth: i32, sizes: usize): i32 {
  let place = 0;
  for (let axis: usize = 0; axis < <usize>depth << 2; axis += 4) {
    const at = load<i32>(index + axis);
    const size = load<i32>(sizes + axis);
    if (<u32>at >= <u32>size) return -1;
    place = place * size + at;
  }
  return place;
}

/**
 * How many of `count` indices name the same row, at most; no more than 255 are counted.
 *
 * @param counts a byte for each row, of zeros
 * @returns −1 if an index is outside
 */
export function meetings(count: i32, depth: i32, indices: usize, sizes: usize, counts: usize): i32 {
  let most = 0;
  for (let k = 0; k < count; k++) {
    const place = placeOf(indices, depth, sizes);
    if (place < 0) return -1;
    const met = <i32>load<u8>(counts + <usize>place) + 1;
    if (met < 256) store<u8>(counts + <usize>place, <u8>met);
    if (met > most) most = met;
    indices += <usize>depth << 2;
  }
  return most;
}

/** y[index of row k] += updates[k] one after another, rows of `width` numbers. All indices are inside. */
export function scatter(
  count: i32,
  depth: i32,
  width: i32,
  indices: usize,
  sizes: usize,
  updates: usize,
  y: usize,
): void {
  const bytes = <usize>width << 2;
  for (let k = 0; k < count; k++) {
    add(width, updates, y + <usize>placeOf(indices, depth, sizes) * bytes);
    indices += <usize>depth << 2;
    updates += bytes;
  }
}

/**
 * As `scatter`, added in float64.
 *
 * @param rows of y
 * @param room rows·width float64 numbers, of zeros
 */
export function scatterDoubles(
  count: i32,
  depth: i32,
  width: i32,
  indices: usize,
  sizes: usize,
  updates: usize,
  y: usize,
  rows: i32,
  room: usize,
): void {
  for (let k = 0; k < count; k++) {
    let to = room + <usize>placeOf(indices, depth, sizes) * (<usize>width << 3);
    for (let i = 0; i < width; i++) {
      store<f64>(to, load<f64>(to) + <f64>load<f32>(updates));
      to += 8;
      updates += 4;
    }
    indices += <usize>depth << 2;
  }
  for (const end = y + ((<usize>rows * <usize>width) << 2); y < end; y += 4, room += 8) {
    store<f32>(y, <f32>load<f64>(room));
  }
}
