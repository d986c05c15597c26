/** Sums in float64, and sums of vectors. */

/** y += x, n numbers. */
export function add(n: i32, x: usize, y: usize): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i << 2;
    v128.store(y + at, f32x4.add(v128.load(y + at), v128.load(x + at)));
  }
  for (; i < n; i++) {
    const at = <usize>i << 2;
    store<f32>(y + at, load<f32>(y + at) + load<f32>(x + at));
  }
}

@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

@inline
function total(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** Σ x[i]·y[i], in float64. */
function dot(n: i32, x: usize, y: usize): f64 {
  let a = f64x2.splat(0);
  let b = a;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i << 2;
    const p = v128.load(x + at);
    const q = v128.load(y + at);
    a = f64x2.add(a, f64x2.mul(low(p), low(q)));
    b = f64x2.add(b, f64x2.mul(high(p), high(q)));
  }
  let sum = total(f64x2.add(a, b));
  for (; i < n; i++) {
    const at = <usize>i << 2;
    sum += <f64>load<f32>(x + at) * <f64>load<f32>(y + at);
  }
  return sum;
}

/**
 * y[j] = Σ_p x[p]·M[p][j], or Σ_p x[p]·M[j][p] where `turned`, in float64.
 *
 * @param pitch entries from one row of M to the next
 * @param room to work in
 */
export function vectorProduct(
  terms: i32,
  columns: i32,
  x: usize,
  m: usize,
  pitch: i32,
  turned: bool,
  y: usize,
  room: usize,
): void {
  const step = <usize>pitch << 2;
  if (turned) {
    for (let j = 0; j < columns; j++) {
      store<f32>(y + (<usize>j << 2), <f32>dot(terms, x, m + <usize>j * step));
    }
    return;
  }
  for (let j = 0; j < columns; j += ROOM) {
    const width = columns - j < ROOM ? columns - j : ROOM;
    rowsTogether(terms, width, x, m + (<usize>j << 2), step, y + (<usize>j << 2), room);
  }
}

/** Most float64 numbers in the room of a kernel. */
const ROOM: i32 = 4096;

/** y[j] = Σ_p x[p]·M[p][j] row by row, four at a time. */
function rowsTogether(
  terms: i32,
  width: i32,
  x: usize,
  m: usize,
  step: usize,
  y: usize,
  room: usize,
): void {
  memory.fill(room, 0, <usize>width << 3);
  for (; terms >= 4; terms -= 4) {
    const f0 = f64x2.splat(<f64>load<f32>(x));
    const f1 = f64x2.splat(<f64>load<f32>(x, 4));
    const f2 = f64x2.splat(<f64>load<f32>(x, 8));
    const f3 = f64x2.splat(<f64>load<f32>(x, 12));
    const end = m + (<usize>(width & ~3) << 2);
    let to = room;
    let at = m;
    for (; at < end; at += 16) {
      let a = v128.load(to);
      let b = v128.load(to, 16);
      let q = v128.load(at);
      a = f64x2.add(a, f64x2.mul(f0, low(q)));
      b = f64x2.add(b, f64x2.mul(f0, high(q)));
      q = v128.load(at + step);
      a = f64x2.add(a, f64x2.mul(f1, low(q)));
      b = f64x2.add(b, f64x2.mul(f1, high(q)));
      q = v128.load(at + 2 * step);
      a = f64x2.add(a, f64x2.mul(f2, low(q)));
      b = f64x2.add(b, f64x2.mul(f2, high(q)));
      q = v128.load(at + 3 * step);
      a = f64x2.add(a, f64x2.mul(f3, low(q)));
      b = f64x2.add(b, f64x2.mul(f3, high(q)));
      v128.store(to, a);
      v128.store(to, b, 16);
      to += 32;
    }
    for (let r = 0; r < 4; r++) addRow(x, m, width & ~3, width, room, r, step);
    x += 16;
    m += 4 * step;
  }
  for (let r = 0; r < terms; r++) addRow(x, m, 0, width, room, r, step);
  for (let j = 0; j < width; j++) {
    store<f32>(y + (<usize>j << 2), <f32>load<f64>(room + (<usize>j << 3)));
  }
}

/** Columns from `first` on of row r. */
@inline
function addRow(x: usize, m: usize, first: i32, width: i32, room: usize, r: i32, step: usize): void {
  const factor = <f64>load<f32>(x + (<usize>r << 2));
  for (let j = first; j < width; j++) {
    const to = room + (<usize>j << 3);
    store<f64>(to, load<f64>(to) + factor * <f64>load<f32>(m + <usize>r * step + (<usize>j << 2)));
  }
}

/**
 * Sums over the middle of [outer, count, inner] in float64, times a factor.
 *
 * @param room to work in
 */
export function sums(
  outer: i32,
  count: i32,
  inner: i32,
  x: usize,
  factor: f64,
  y: usize,
  room: usize,
): void {
  const pitch = <usize>inner << 2;
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      store<f32>(y, <f32>(factor * sum(count, x)));
    } else {
      for (let j = 0; j < inner; j += ROOM) {
        const width = inner - j < ROOM ? inner - j : ROOM;
        const at = <usize>j << 2;
        columnSums(count, width, x + at, pitch, factor, y + at, room);
      }
    }
    x += <usize>count * pitch;
    y += pitch;
  }
}

function columnSums(
  count: i32,
  width: i32,
  x: usize,
  pitch: usize,
  factor: f64,
  y: usize,
  room: usize,
): void {
  memory.fill(room, 0, <usize>width << 3);
  const whole = width & ~3;
  for (let row = 0; row < count; row++) {
    let to = room;
    let at = x;
    const end = x + (<usize>whole << 2);
    for (; at < end; at += 16) {
      const q = v128.load(at);
      v128.store(to, f64x2.add(v128.load(to), low(q)));
      v128.store(to, f64x2.add(v128.load(to, 16), high(q)), 16);
      to += 32;
    }
    for (let j = whole; j < width; j++) {
      store<f64>(to, load<f64>(to) + <f64>load<f32>(at));
      at += 4;
      to += 8;
    }
    x += pitch;
  }
  for (let j = 0; j < width; j++) {
    store<f32>(y + (<usize>j << 2), <f32>(factor * load<f64>(room + (<usize>j << 3))));
  }
}

function sum(n: i32, x: usize): f64 {
  let a = f64x2.splat(0);
  let b = a;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const q = v128.load(x);
    a = f64x2.add(a, low(q));
    b = f64x2.add(b, high(q));
    x += 16;
  }
  let result = total(f64x2.add(a, b));
  for (; i < n; i++) {
    result += <f64>load<f32>(x);
    x += 4;
  }
  return result;
}
