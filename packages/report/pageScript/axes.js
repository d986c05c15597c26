// Axes of a drawn figure: where a value stands, and which ticks a part of an axis has.

const NS = "http://www.w3.org/2000/svg";

/** A new element of SVG. */
export function svgElement(name, values) {
  return attributes(document.createElementNS(NS, name), values);
}

export function attributes(element, values) {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
  return element;
}

/** Whether a pixel lies between two others, in any order. */
export function within(value, [a, b]) {
  return value >= Math.min(a, b) - 0.5 && value <= Math.max(a, b) + 0.5;
}

/** The nearest pixel between two others. */
export function clamped(value, [a, b]) {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), value));
}

/**
 * An axis of the data of a figure. Straight or logarithmic, a zoom is a linear map of its pixels:
 * `view` are those of the whole drawing that now fill its frame.
 */
export class Axis {
  constructor([name, log, domain, range]) {
    this.name = name;
    this.log = log === 1;
    this.range = range;
    this.view = range;
    this.ends = domain.map((value) => this.scaled(value));
  }

  scaled(value) {
    return this.log ? Math.log(value) : value;
  }

  /** Where a value stands in the whole drawing. */
  pixel(value) {
    const [a, b] = this.ends;
    const [p, q] = this.range;
    return p + ((this.scaled(value) - a) / (b - a)) * (q - p);
  }

  value(pixel) {
    const [a, b] = this.ends;
    const [p, q] = this.range;
    const at = a + ((pixel - p) / (q - p)) * (b - a);
    return this.log ? Math.exp(at) : at;
  }

  /** Where a pixel of the whole drawing is shown now. */
  moved(pixel) {
    const [p, q] = this.range;
    const [v, w] = this.view;
    return p + ((pixel - v) / (w - v)) * (q - p);
  }

  /** The pixel of the whole drawing that is shown there. */
  back(pixel) {
    const [p, q] = this.range;
    const [v, w] = this.view;
    return v + ((pixel - p) / (q - p)) * (w - v);
  }

  get isWhole() {
    return this.view.every((pixel, i) => pixel === this.range[i]);
  }

  /** About so many ticks of what is shown: powers of ten over several decades, else even steps. */
  ticks(count) {
    const [low, high] = this.view.map((pixel) => this.value(pixel)).sort((a, b) => a - b);
    if (this.log && high / low > 30) {
      const first = Math.ceil(Math.log10(low));
      const powers = Math.floor(Math.log10(high)) - first + 1;
      return Array.from({ length: powers }, (_, i) => 10 ** (first + i));
    }
    const power = 10 ** Math.floor(Math.log10((high - low) / count));
    const size = [1, 2, 5, 10].find((factor) => factor * power * count >= high - low) * power;
    const first = Math.ceil(low / size);
    const steps = Math.floor(high / size) - first + 1;
    return Array.from({ length: steps }, (_, i) => (first + i) * size);
  }
}

/** A number of an axis; without the rounding of steps that were added. */
export function numberText(number) {
  const value = Number(number.toPrecision(9));
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential();
  return value.toLocaleString("en-US", { maximumFractionDigits: 8 });
}
