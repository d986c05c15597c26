/** Panels of matrices: what the register tile reads one after another. All strides are in bytes. */

/** Rows and columns of the register tile: eight sums of four numbers; larger ones do not stay in registers. */
export const MR: i32 = 4;
export const NR: i32 = 8;

/** Row r of a panel of four: 4 bytes each at out, out + 16, ... */
@inline
function transpose4(x0: v128, x1: v128, x2: v128, x3: v128, out: usize, stride: usize): void {
  const y0 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
  const y1 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
  const y2 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
  const y3 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(y0, y1, 0, 2));
  v128.store(out + stride, v128.shuffle<i64>(y0, y1, 1, 3));
  v128.store(out + 2 * stride, v128.shuffle<i64>(y2, y3, 0, 2));
  v128.store(out + 3 * stride, v128.shuffle<i64>(y2, y3, 1, 3));
}

/**
 * out[p][r] = s_r[p] for p < n: four rows side by side, a null row as zeros.
 *
 * @param stride from out[p] to out[p + 1]
 */
export function packRows(
  s0: usize,
  s1: usize,
  s2: usize,
  s3: usize,
  n: i32,
  out: usize,
  stride: usize,
): void {
  let p = 0;
  const zero = f32x4.splat(0);
  for (; p + 4 <= n; p += 4) {
    const at = <usize>p << 2;
    transpose4(
      s0 ? v128.load(s0 + at) : zero,
      s1 ? v128.load(s1 + at) : zero,
      s2 ? v128.load(s2 + at) : zero,
      s3 ? v128.load(s3 + at) : zero,
      out,
      stride,
    );
    out += 4 * stride;
  }
  for (; p < n; p++) {
    const at = <usize>p << 2;
    store<f32>(out, s0 ? load<f32>(s0 + at) : 0);
    store<f32>(out, s1 ? load<f32>(s1 + at) : 0, 4);
    store<f32>(out, s2 ? load<f32>(s2 + at) : 0, 8);
    store<f32>(out, s3 ? load<f32>(s3 + at) : 0, 12);
    out += stride;
  }
}

/** out[p][r] = s[p][r] for p < n and r < width: rows of a panel as they lie, filled up with zeros. */
@inline
function copyRows(s: usize, pitch: usize, n: i32, width: i32, full: i32, out: usize): void {
  if (width == full) {
    for (let p = 0; p < n; p++) {
      v128.store(out, v128.load(s));
      if (full == NR) v128.store(out, v128.load(s, 16), 16);
      s += pitch;
      out += <usize>full << 2;
    }
    return;
  }
  for (let p = 0; p < n; p++) {
    for (let r = 0; r < full; r++) {
      store<f32>(out + (<usize>r << 2), r < width ? load<f32>(s + (<usize>r << 2)) : 0);
    }
    s += pitch;
    out += <usize>full << 2;
  }
}

/** Two whole panels side by side: a row of both is one line of the cache. */
function copyTwo(s: usize, pitch: usize, n: i32, first: usize, second: usize): void {
  for (let p = 0; p < n; p++) {
    v128.store(first, v128.load(s));
    v128.store(first, v128.load(s, 16), 16);
    v128.store(second, v128.load(s, 32));
    v128.store(second, v128.load(s, 48), 16);
    s += pitch;
    first += NR << 2;
    second += NR << 2;
  }
}

/**
 * Rows of op(A), four to a panel.
 *
 * @param a entry (0, 0) of the block
 * @param pitch from one row of A to the next
 */
export function packLeft(
  a: usize,
  pitch: usize,
  turned: bool,
  rows: i32,
  terms: i32,
  out: usize,
): void {
  for (let i = 0; i < rows; i += MR) {
    const left = rows - i;
    if (turned) {
      copyRows(a + (<usize>i << 2), pitch, terms, left < MR ? left : MR, MR, out);
    } else {
      const s = a + <usize>i * pitch;
      packRows(
        s,
        left > 1 ? s + pitch : 0,
        left > 2 ? s + 2 * pitch : 0,
        left > 3 ? s + 3 * pitch : 0,
        terms,
        out,
        16,
      );
    }
    out += <usize>(terms * MR) << 2;
  }
}

/**
 * Columns of op(B), eight to a panel; each panel has `height` rows, of which these are the ones from
 * `first` on.
 */
export function packRight(
  b: usize,
  pitch: usize,
  turned: bool,
  terms: i32,
  columns: i32,
  out: usize,
  first: i32,
  height: i32,
): void {
  for (let j = 0; j < columns; j += NR) {
    const left = columns - j;
    const o = out + (<usize>(j * height + first * NR) << 2);
    if (!turned && left >= 2 * NR) {
      copyTwo(b + (<usize>j << 2), pitch, terms, o, o + (<usize>(height * NR) << 2));
      j += NR;
    } else if (!turned) {
      copyRows(b + (<usize>j << 2), pitch, terms, left < NR ? left : NR, NR, o);
    } else {
      for (let r = 0; r < NR; r += 4) {
        const s = b + <usize>(j + r) * pitch;
        packRows(
          left > r ? s : 0,
          left > r + 1 ? s + pitch : 0,
          left > r + 2 ? s + 2 * pitch : 0,
          left > r + 3 ? s + 3 * pitch : 0,
          terms,
          o + (<usize>r << 2),
          32,
        );
      }
    }
  }
}
