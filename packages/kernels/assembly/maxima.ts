/** The largest entries of windows, and where they are. */

/** Entries of a window along one axis that are inside of the image: from `first` to before `end`. */
@inline
function firstInside(start: i32, dilation: i32): i32 {
  return start >= 0 ? 0 : (dilation - 1 - start) / dilation;
}

@inline
function endInside(start: i32, dilation: i32, kernel: i32, size: i32): i32 {
  const end = (size - start + dilation - 1) / dilation;
  return end < kernel ? (end > 0 ? end : 0) : kernel;
}

/**
 * y[o] = max of window o, and its position in x; of several largest the first, and a NaN before all others.
 * Padding never counts: a window of nothing else has −∞ and the position −1.
 *
 * @param g thirteen numbers: sizes of images, windows and results, strides, dilations, and padding before, each for
 *   height and width; then 1 where positions are counted from the first image on, 0 where from the image's own
 * @param x [batch, height, width, channels]
 */
export function maxima(
  g: usize,
  batch: i32,
  channels: i32,
  x: usize,
  y: usize,
  positions: usize,
): void {
  const height = load<i32>(g);
  const width = load<i32>(g, 4);
  const rows = load<i32>(g, 16);
  const columns = load<i32>(g, 20);
  const dilation = load<i32>(g, 36);
  const whole = load<i32>(g, 48) != 0;
  for (let image = 0; image < batch; image++) {
    const origin = whole ? image * height * width * channels : 0;
    for (let row = 0; row < rows; row++) {
      const top = row * load<i32>(g, 24) - load<i32>(g, 40);
      const r0 = firstInside(top, load<i32>(g, 32));
      const r1 = endInside(top, load<i32>(g, 32), load<i32>(g, 8), height);
      for (let column = 0; column < columns; column++) {
        const left = column * load<i32>(g, 28) - load<i32>(g, 44);
        const c0 = firstInside(left, dilation);
        const c1 = endInside(left, dilation, load<i32>(g, 12), width);
        let channel = 0;
        for (; channel + 4 <= channels; channel += 4) {
          let best = f32x4.splat(-Infinity);
          let found = i32x4.splat(-1);
          for (let r = r0; r < r1; r++) {
            const line = (top + r * load<i32>(g, 32)) * width + left;
            for (let c = c0; c < c1; c++) {
              const at = (line + c * dilation) * channels + channel;
              const value = v128.load(x + (<usize>at << 2));
              const here = i32x4.add(i32x4.splat(origin + at), i32x4(0, 1, 2, 3));
              const none = i32x4.lt_s(found, i32x4.splat(0));
              const taken = v128.or(
                v128.or(f32x4.gt(value, best), none),
                f32x4.ne(value, value),
              );
              best = v128.bitselect(value, best, taken);
              found = v128.bitselect(here, found, taken);
            }
          }
          v128.store(y, best);
          v128.store(positions, found);
          y += 16;
          positions += 16;
        }
        for (; channel < channels; channel++) {
          let best: f32 = -Infinity;
          let found = -1;
          for (let r = r0; r < r1; r++) {
            const line = (top + r * load<i32>(g, 32)) * width + left;
            for (let c = c0; c < c1; c++) {
              const at = (line + c * dilation) * channels + channel;
              const value = load<f32>(x + (<usize>at << 2));
              if (value > best || found < 0 || value != value) {
                best = value;
                found = origin + at;
              }
            }
          }
          store<f32>(y, best);
          store<i32>(positions, found);
          y += 4;
          positions += 4;
        }
      }
    }
    x += <usize>(height * width * channels) << 2;
  }
}
