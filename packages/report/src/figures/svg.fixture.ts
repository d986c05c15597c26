import { parseHTML } from "linkedom";

/** A drawn figure to ask questions of. */
export function parseSvg(svg: string) {
  return parseHTML(svg).document.querySelector("svg")!;
}

export type ParsedSvg = ReturnType<typeof parseSvg>;

export function numbersIn(text: string): number[] {
  return (text.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
}

/** The pixel of a value, from two labelled ticks of an axis. */
export function pixelOf(
  svg: ParsedSvg,
  axis: "x" | "y",
  toValue: (label: string) => number = Number,
): (value: number) => number {
  const labels = [...svg.querySelectorAll(`[aria-label="${axis}-axis tick label"]`)[0]!.children];
  const ticks = labels
    .filter((text) => text.textContent !== "")
    .map((text) => ({
      value: toValue(text.textContent!),
      pixel: numbersIn(text.getAttribute("transform")!)[axis === "x" ? 0 : 1]!,
    }));
  const [a, b] = [ticks[0]!, ticks.at(-1)!];
  return (value) => a.pixel + ((value - a.value) / (b.value - a.value)) * (b.pixel - a.pixel);
}

/** "1.5K" is 1,500. */
export function stepOf(label: string): number {
  return label.endsWith("K") ? 1000 * Number(label.slice(0, -1)) : Number(label);
}

export function vertices(path: string): { x: number; y: number }[] {
  const all = numbersIn(path);
  return Array.from({ length: all.length / 2 }, (_, i) => ({ x: all[2 * i]!, y: all[2 * i + 1]! }));
}

/** The outline of a line by its label; null if it is not there. */
export function linePath(svg: ParsedSvg, label: string): string | null {
  const found = [...svg.querySelectorAll('[aria-label="line"] path')].find(
    (path) => path.getAttribute("aria-label") === label,
  );
  return found?.getAttribute("d") ?? null;
}
