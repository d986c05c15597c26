/** Windows of images as rows of a matrix, for products that a library makes, and the way back. */

import { filterRowStep, segment, segmentsOfRow, segmentStep, windowOf } from "./conv";

/** out = from, or added to it; n numbers. */
@inline
function put(from: usize, n: i32, out: usize, accumulate: bool): void {
  const whole = out + (<usize>(n & ~3) << 2);
  const end = out + (<usize>n << 2);
  for (; out < whole; out += 16, from += 16) {
    const x = v128.load(from);
    v128.store(out, accumulate ? f32x4.add(v128.load(out), x) : x);
  }
  for (; out < end; out += 4, from += 4) {
    const x = load<f32>(from);
    store<f32>(out, accumulate ? load<f32>(out) + x : x);
  }
}

/**
 * out[position][k] = window[position][k], for `count` positions from `first` on; or, where `back`, the entries
 * of `out` are added to the windows: a pixel collects from all windows that see it.
 */
export function patches(
  g: usize,
  first: i32,
  count: i32,
  terms: i32,
  x: usize,
  out: usize,
  back: bool,
): void {
  const length = segment(g);
  const bytes = <usize>length << 2;
  const perRow = segmentsOfRow(g);
  const rows = terms / (length * perRow);
  for (let i = 0; i < count; i++) {
    let row = windowOf(g, x, first + i);
    for (let r = 0; r < rows; r++) {
      let at = row;
      for (let s = 0; s < perRow; s++) {
        if (back) put(out, length, at, true);
        else put(at, length, out, false);
        out += bytes;
        at += segmentStep(g);
      }
      row += filterRowStep(g);
    }
  }
}
