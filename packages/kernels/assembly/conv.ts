/**
 * Convolutions of images without padding, as products of matrices one of which is read from the image as
 * it is packed. All tensors have their channels last.
 */

import { KC, least, MC, NC } from "./matMul";
import { MR, packRight, packRows } from "./pack";
import { block } from "./tile";

/**
 * A convolution, g: rows and columns of the output; bytes from one of its rows, and columns, to the next in the
 * image; bytes of an image; numbers of a segment, which is what lies side by side in image and filter; segments
 * of a row of the filter; bytes in the image from one row of the filter, and from one segment, to the next.
 */
@inline function outRows(g: usize): i32 { return load<i32>(g); }
@inline function outColumns(g: usize): i32 { return load<i32>(g, 4); }
@inline function rowStep(g: usize): i32 { return load<i32>(g, 8); }
@inline function columnStep(g: usize): i32 { return load<i32>(g, 12); }
@inline function imageBytes(g: usize): i32 { return load<i32>(g, 16); }
@inline export function segment(g: usize): i32 { return load<i32>(g, 20); }
@inline export function segmentsOfRow(g: usize): i32 { return load<i32>(g, 24); }
@inline export function filterRowStep(g: usize): i32 { return load<i32>(g, 28); }
@inline export function segmentStep(g: usize): i32 { return load<i32>(g, 32); }

/** Where the window of an output position begins. */
@inline
export function windowOf(g: usize, x: usize, position: i32): usize {
  const column = position % outColumns(g);
  const rest = position / outColumns(g);
  const row = rest % outRows(g);
  const image = rest / outRows(g);
  return x + <usize>image * imageBytes(g) + <usize>(row * rowStep(g) + column * columnStep(g));
}

/** Where a segment is, from the beginning of a window. */
@inline
function offsetOf(g: usize, index: i32): usize {
  const row = index / segmentsOfRow(g);
  return <usize>(row * filterRowStep(g) + (index % segmentsOfRow(g)) * segmentStep(g));
}

/** Windows of positions, four to a panel. */
function packWindows(g: usize, x: usize, first: i32, rows: i32, p: i32, terms: i32, out: usize): void {
  const length = segment(g);
  for (let i = 0; i < rows; i += MR) {
    const at = first + i;
    const w0 = windowOf(g, x, at);
    const w1 = i + 1 < rows ? windowOf(g, x, at + 1) : 0;
    const w2 = i + 2 < rows ? windowOf(g, x, at + 2) : 0;
    const w3 = i + 3 < rows ? windowOf(g, x, at + 3) : 0;
    let done = 0;
    while (done < terms) {
      const index = (p + done) / length;
      const from = (p + done) % length;
      const n = least(length - from, terms - done);
      const offset = offsetOf(g, index) + (<usize>from << 2);
      packRows(
        w0 + offset,
        w1 ? w1 + offset : 0,
        w2 ? w2 + offset : 0,
        w3 ? w3 + offset : 0,
        n,
        out,
        16,
      );
      out += <usize>(n * MR) << 2;
      done += n;
    }
  }
}

/**
 * y[position][n] = Σ_k window[position][k]·W[k][n].
 *
 * @param taps 0 for W as it lies, [terms][columns]; for that of the gradient with respect to the input, the
 *   number of entries of the filter, which is turned by 180°: then it lies as [taps][columns][channels]
 */
export function conv(
  g: usize,
  positions: i32,
  columns: i32,
  terms: i32,
  x: usize,
  w: usize,
  taps: i32,
  y: usize,
  scratch: usize,
): void {
  const left = scratch;
  const right = left + (MC * KC << 2);
  const spare = right + (KC * NC << 2);
  const pitch = <usize>columns << 2;
  for (let j = 0; j < columns; j += NC) {
    const nc = least(NC, columns - j);
    for (let p = 0; p < terms; p += KC) {
      const kc = least(KC, terms - p);
      if (!taps) {
        packRight(w + <usize>p * pitch + (<usize>j << 2), pitch, false, kc, nc, right, 0, kc);
      } else {
        const channels = terms / taps;
        let done = 0;
        while (done < kc) {
          const tap = taps - 1 - (p + done) / channels;
          const from = (p + done) % channels;
          const n = least(channels - from, kc - done);
          const at = w + (<usize>((tap * columns + j) * channels + from) << 2);
          packRight(at, <usize>channels << 2, true, n, nc, right, done, kc);
          done += n;
        }
      }
      for (let i = 0; i < positions; i += MC) {
        const mc = least(MC, positions - i);
        packWindows(g, x, i, mc, p, kc, left);
        const to = y + <usize>i * pitch + (<usize>j << 2);
        block(mc, nc, kc, left, right, spare, to, pitch, p > 0);
      }
    }
  }
}

/** dW[k][n] = Σ_position window[position][k]·dy[position][n]. */
export function convFilter(
  g: usize,
  positions: i32,
  columns: i32,
  terms: i32,
  x: usize,
  dy: usize,
  dw: usize,
  scratch: usize,
): void {
  const left = scratch;
  const right = left + (MC * KC << 2);
  const spare = right + (KC * NC << 2);
  const windows = spare + (64 << 2);
  const pitch = <usize>columns << 2;
  const length = segment(g);
  for (let j = 0; j < columns; j += NC) {
    const nc = least(NC, columns - j);
    for (let p = 0; p < positions; p += KC) {
      const kc = least(KC, positions - p);
      packRight(dy + <usize>p * pitch + (<usize>j << 2), pitch, false, kc, nc, right, 0, kc);
      for (let q = 0; q < kc; q++) {
        store<usize>(windows + (<usize>q << 2), windowOf(g, x, p + q));
      }
      for (let i = 0; i < terms; i += MC) {
        const mc = least(MC, terms - i);
        for (let m = 0; m < mc; m += MR) {
          const out = left + (<usize>(m * kc) << 2);
          const from = (i + m) % length;
          if (from + MR <= length && m + MR <= mc) {
            const offset = offsetOf(g, (i + m) / length) + (<usize>from << 2);
            for (let q = 0; q < kc; q++) {
              const at = load<usize>(windows + (<usize>q << 2)) + offset;
              v128.store(out + (<usize>q << 4), v128.load(at));
            }
            continue;
          }
          for (let r = 0; r < MR; r++) {
            const k = i + m + r;
            const offset = offsetOf(g, k / length) + (<usize>(k % length) << 2);
            const to = out + (<usize>r << 2);
            for (let q = 0; q < kc; q++) {
              const at = load<usize>(windows + (<usize>q << 2)) + offset;
              store<f32>(to + (<usize>q << 4), m + r < mc ? load<f32>(at) : 0);
            }
          }
        }
        const to = dw + <usize>i * pitch + (<usize>j << 2);
        block(mc, nc, kc, left, right, spare, to, pitch, p > 0);
      }
    }
  }
}

/**
 * Puts the pixels of images into larger ones of zeros, or smaller ones, the first at (top, left) and the
 * others a stride from one to the next: padding, and what undoes a stride.
 */
export function place(
  images: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  from: usize,
  toRows: i32,
  toColumns: i32,
  top: i32,
  left: i32,
  rowStride: i32,
  columnStride: i32,
  to: usize,
): void {
  const pixel = <usize>channels << 2;
  const size = <usize>(toRows * toColumns) * pixel;
  memory.fill(to, 0, <usize>images * size);
  for (let b = 0; b < images; b++) {
    for (let i = 0; i < rows; i++) {
      const row = top + i * rowStride;
      if (row < 0 || row >= toRows) {
        from += <usize>columns * pixel;
        continue;
      }
      const line = to + <usize>(row * toColumns) * pixel;
      if (columnStride == 1) {
        const first = left < 0 ? -left : 0;
        const last = least(columns, toColumns - left);
        if (last > first) {
          memory.copy(
            line + <usize>(left + first) * pixel,
            from + <usize>first * pixel,
            <usize>(last - first) * pixel,
          );
        }
        from += <usize>columns * pixel;
        continue;
      }
      for (let k = 0; k < columns; k++) {
        const column = left + k * columnStride;
        if (column >= 0 && column < toColumns) {
          memory.copy(line + <usize>column * pixel, from, pixel);
        }
        from += pixel;
      }
    }
    to += size;
  }
}
