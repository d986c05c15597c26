/** The register tile: products of packed panels. */

import { MR, NR } from "./pack";

/**
 * Terms that are added one after another before they go to the result: a long float32 sum of similar
 * numbers loses its last digits.
 */
const TERMS: i32 = 64;

@inline
function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

@inline
function put(c: usize, x: v128, y: v128, accumulate: bool): void {
  if (accumulate) {
    x = f32x4.add(v128.load(c), x);
    y = f32x4.add(v128.load(c, 16), y);
  }
  v128.store(c, x);
  v128.store(c, y, 16);
}

/** c[4][8] = Σ_p a[p][4]·b[p][8], or added to what is there. */
function tile(terms: i32, a: usize, b: usize, c: usize, pitch: usize, accumulate: bool): void {
  while (terms > 0) {
    let n = terms < TERMS ? terms : TERMS;
    terms -= n;
    let c00 = f32x4.splat(0);
    let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    for (; n > 0; n--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load_splat<f32>(a);
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      x = v128.load_splat<f32>(a, 4);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      x = v128.load_splat<f32>(a, 8);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      x = v128.load_splat<f32>(a, 12);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      a += 16;
      b += 32;
    }
    put(c, c00, c01, accumulate);
    put(c + pitch, c10, c11, accumulate);
    put(c + 2 * pitch, c20, c21, accumulate);
    put(c + 3 * pitch, c30, c31, accumulate);
    accumulate = true;
  }
}

function copy(
  from: usize,
  fromPitch: usize,
  to: usize,
  toPitch: usize,
  rows: i32,
  columns: i32,
): void {
  for (let x = 0; x < rows; x++) {
    for (let y: usize = 0; y < <usize>columns << 2; y += 4) {
      store<f32>(to + y, load<f32>(from + y));
    }
    from += fromPitch;
    to += toPitch;
  }
}

/**
 * A block of the result from packed panels.
 *
 * @param spare room for one tile, for those at the edges
 */
export function block(
  rows: i32,
  columns: i32,
  terms: i32,
  a: usize,
  b: usize,
  spare: usize,
  c: usize,
  pitch: usize,
  accumulate: bool,
): void {
  for (let j = 0; j < columns; j += NR) {
    const width = columns - j < NR ? columns - j : NR;
    const panel = b + (<usize>(j * terms) << 2);
    for (let i = 0; i < rows; i += MR) {
      const height = rows - i < MR ? rows - i : MR;
      const at = c + <usize>i * pitch + (<usize>j << 2);
      const left = a + (<usize>(i * terms) << 2);
      if (height == MR && width == NR) {
        tile(terms, left, panel, at, pitch, accumulate);
        continue;
      }
      // As in the middle, entry by entry: what a row gives does not depend on how many there are.
      if (accumulate) copy(at, pitch, spare, NR << 2, height, width);
      tile(terms, left, panel, spare, NR << 2, accumulate);
      copy(spare, NR << 2, at, pitch, height, width);
    }
  }
}
