/** Whole numbers with thousands separators: 8,000. */
export function integer(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A number to three significant digits or to its unit, with an exponent only where it is needed. */
export function short(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(digits - 1).replace("e+", "e");
  if (size >= 10 ** digits) return integer(value);
  return Number(value.toPrecision(digits)).toLocaleString("en-US", { maximumFractionDigits: 8 });
}

/** An error so small a part of the value says nothing to a reader. */
const NEGLIGIBLE = 1e-7;

/**
 * A value with its error, both to the decimal place of the error's second digit: 1.034 ± 0.012.
 * Without a finite error the value stands alone, to three digits. It never breaks across lines.
 */
export function withError(value: number, error: number, sign = false): string {
  const plus = sign && value > 0 ? "+" : "";
  if (!Number.isFinite(value)) return "–";
  const known = Number.isFinite(error) && error > NEGLIGIBLE * Math.abs(value);
  if (!known) return plus + minus(short(value));
  const places = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(error))));
  const format = (number: number) =>
    number.toLocaleString("en-US", {
      minimumFractionDigits: places,
      maximumFractionDigits: places,
    });
  return `${plus}${minus(format(value))}\u00a0±\u00a0${format(error)}`;
}

/** Seconds as a person reads them: 0.0312 s, 12.5 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 60) return `${short(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A step count of an axis: 500, 8k, 1.2M stay short where labels are close together. */
export function compact(value: number): string {
  return value.toLocaleString("en-US", { notation: "compact", maximumFractionDigits: 2 });
}

/** What rounds to zero has no sign. */
function minus(text: string): string {
  return /^-[0.]+$/.test(text) ? text.slice(1) : text.replace("-", "−");
}
