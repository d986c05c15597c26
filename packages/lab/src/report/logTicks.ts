import { short } from "./numbers.js";

/** Ticks of a logarithmic axis: powers of ten over many decades, 1, 2 and 5 times them over few. */
export function logTicks(low: number, high: number) {
  const first = Math.floor(Math.log10(low));
  const decades = Math.ceil(Math.log10(high)) - first;
  const many = high / low > 200;
  const stride = many ? Math.max(1, Math.round(decades / 8)) : 1;
  const ticks = Array.from({ length: decades + 1 }, (_, i) => first + i)
    .filter((power) => power % stride === 0)
    .flatMap((power) => (many ? [1] : [1, 2, 5]).map((multiple) => multiple * 10 ** power))
    .filter((tick) => tick >= low / 1.15 && tick <= high * 1.15);
  const tickFormat = (tick: number) =>
    many ? `10${superscript(Math.round(Math.log10(tick)))}` : short(tick);
  return { ticks, tickFormat };
}

function superscript(value: number): string {
  return [...String(value)].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)] ?? "⁻").join("");
}
