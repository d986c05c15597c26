import { short } from "@eoss/run";

/**
 * An axis may show differences down to this part of the values. Smaller ones are rounding, and a
 * constant would look like noise.
 */
const LEAST_SPAN = 5e-3;

/** The ends of a linear axis over these values; where they are nearly all the same, of a wider one. */
export function readableSpan(low: number, high: number): [low: number, high: number] {
  const least = LEAST_SPAN * Math.max(Math.abs(low), Math.abs(high)) || 1;
  const room = Math.max(0, (least - (high - low)) / 2);
  return [Math.max(low - room, -Number.MAX_VALUE), Math.min(high + room, Number.MAX_VALUE)];
}

/** Round numbers between two others, about `count` of them: 1, 2 or 5 times a power of ten apart. */
export function evenTicks(low: number, high: number, count = 6): number[] {
  // The difference itself may be more than there are numbers.
  const wanted = high / count - low / count;
  if (!(wanted > 0) || !Number.isFinite(wanted)) return [low];
  const power = 10 ** Math.floor(Math.log10(wanted));
  // The nearest by ratio: the limits are geometric means of neighbours.
  const multiple = [1, 2, 5].find((size, i) => wanted / power < Math.sqrt(size * [2, 5, 10][i]!));
  const step = (multiple ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Through their texts: 3 · 0.1 is not 0.3.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Labels of even ticks: as many decimals as tell them apart, the same for all; 2e9 where it is shorter. */
export function evenLabels(ticks: readonly number[]): (tick: number) => string {
  const largest = Math.max(...ticks.map(Math.abs));
  const apart = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : largest;
  const places = decimals(apart);
  if (largest >= 1e6 || places > 5) {
    const digits = Math.max(0, decimals(apart / 10 ** Math.floor(Math.log10(largest))));
    return (tick) => (tick === 0 ? "0" : exponent(tick.toExponential(digits)));
  }
  return (tick) =>
    minus(
      tick.toLocaleString("en-US", {
        minimumFractionDigits: places,
        maximumFractionDigits: places,
      }),
    );
}

/** Ticks of a logarithmic axis: powers of ten over many decades, 1, 2 and 5 times them over few. */
export function logTicks(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Math.ceil(Math.log10(high)) - first;
  const many = isMany(low, high);
  const stride = many ? Math.max(1, Math.round(decades / 8)) : 1;
  return Array.from({ length: decades + 1 }, (_, i) => first + i)
    .filter((power) => power % stride === 0)
    .flatMap((power) => (many ? [1] : [1, 2, 5]).map((multiple) => multiple * 10 ** power))
    .filter((tick) => tick >= low / 1.15 && tick <= high * 1.15);
}

/** Labels of logarithmic ticks. */
export function logLabels(low: number, high: number): (tick: number) => string {
  return isMany(low, high)
    ? (tick) => `10${superscript(Math.round(Math.log10(tick)))}`
    : (tick) => short(tick);
}

/** So many decades that only powers of ten have room. */
function isMany(low: number, high: number): boolean {
  return high / low > 200;
}

/** Decimals that a number has, as far as floating point means them; none of what is not finite. */
function decimals(value: number): number {
  if (!Number.isFinite(value)) return 0;
  const [, fraction = "", power = "0"] = /^\d(?:\.(\d+))?e([+-]\d+)$/.exec(
    Number(value.toPrecision(6)).toExponential(),
  )!;
  return Math.max(0, fraction.length - Number(power));
}

function exponent(text: string): string {
  return minus(text.replace("e+", "e"));
}

function minus(text: string): string {
  return text.replaceAll("-", "−");
}

function superscript(value: number): string {
  return [...String(value)].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)] ?? "⁻").join("");
}
