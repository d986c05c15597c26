import { short } from "../../playground/ui/dom.js";

/** Three digits, with a sign of minus; a power of ten where a number is very small or large. */
export function number(value: number): string {
  const [digits, power] = short(value).split("e");
  const small = power === undefined ? "" : ` · 10${superscript(power)}`;
  return `${digits!.replace("-", "−")}${small}`;
}

function superscript(power: string): string {
  return [...power.replace("+", "")].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)] ?? "⁻").join("");
}
