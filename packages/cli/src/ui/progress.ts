import {
  type ComparedMeasurement,
  duration,
  factorText,
  type MeasuringEstimate,
  type MeasuringNow,
  type RunProgress,
  ratioText,
  short,
} from "@eoss/run";
import { integer } from "@eoss/run/internal";

/** What the line shows of a run, as far as it is measured. */
const SHOWN = [
  ["minibs", "MiniBS"],
  ["fullbs", "FullBS"],
] as const;

/** The live line of a run: step, loss, sharpness over its threshold, rate, time to go. */
export function progressText(progress: RunProgress, columns: number): string {
  const { phase, step, steps, stepLoss, latest, rate, remaining, collapsed, measuring } = progress;
  const lossNow = latest.get("loss")?.value ?? stepLoss;
  const loss = lossNow === undefined ? [] : [`loss ${short(lossNow)}`];
  const left = remaining === undefined ? [] : [`${duration(Math.round(remaining))} left`];
  const now = measuring && measuringText(measuring);
  const speed =
    phase === "measuring"
      ? `measuring ${now ?? ""}`.trim()
      : `${short(rate ?? Number.NaN)} steps/s`;
  const sharpness = SHOWN.flatMap(([quantity, name]) => {
    const measured = latest.get(quantity);
    if (measured === undefined) return [];
    const { value, comparison } = measured;
    return [`${name} ${short(value)} (${ratioText(value, comparison)})`];
  });
  const dead = collapsed === undefined ? [] : ["collapsed"];
  const whole = [`step ${step}/${steps}`, ...dead, ...loss, ...sharpness, speed, ...left].join(
    " · ",
  );
  if (whole.length <= columns) return whole;
  const brief = measuring
    ? measuringText({ ...measuring, products: 0, chunks: 1 })
    : sharpnessText(progress);
  const parts = [`${step}/${steps}`, ...dead, ...loss, ...(brief ? [brief] : [])];
  const line = [...parts, ...left].join(" · ");
  return measuring && line.length > columns ? parts.join(" · ") : line;
}

/** What is being measured: "fullbs, product 7, chunk 2 of 5, 3 to 12 s to go". */
function measuringText(now: MeasuringNow): string {
  const { quantity, batch, products, chunk = 0, chunks = 1, left } = now;
  return [
    quantity,
    ...(batch === undefined ? [] : [`batch ${batch + 1}`]),
    ...(products > 0 ? [`product ${products}`] : []),
    ...(chunks > 1 ? [`chunk ${chunk + 1} of ${chunks}`] : []),
    ...(left === undefined ? [] : [`${toGo(left)} to go`]),
  ].join(", ");
}

/** The least may have passed already: then there is only the most. */
function toGo([least, most]: readonly [number, number]): string {
  const seconds = (s: number) => duration(Math.round(s));
  return least < 0.5 && most >= 0.5 ? `up to ${seconds(most)}` : between([least, most], seconds);
}

/** What a measurement is going to take: "fullbs: a product takes 0.4 s, and 8 to 30 of them 3.2 to 12 s". */
export function estimateText({ quantity, unit, each, count, seconds }: MeasuringEstimate): string {
  const times = between(seconds, (s) => duration(s < 10 ? s : Math.round(s)));
  return `${quantity}: a ${unit} takes ${duration(each)}, and ${between(count, integer)} of them ${times}`;
}

function between([least, most]: readonly [number, number], text: (n: number) => string): string {
  const [from, to] = [text(least), text(most)];
  if (from === to) return to;
  // 3 to 12 s, but 40 s to 2 min.
  const inSeconds = [from, to].every((one) => /^\S+ s$/.test(one));
  return `${inSeconds ? from.slice(0, -2) : from} to ${to}`;
}

/**
 * The latest sharpnesses in few letters: over what they are compared with, "MiniBS 1.10, FullBS 0.60 ×
 * 2/η", or where there is no threshold the values; empty before they are measured.
 */
export function sharpnessText({ latest }: RunProgress): string {
  const measured = SHOWN.flatMap(([quantity, name]) => {
    const found = latest.get(quantity);
    return found === undefined ? [] : [{ name, ...briefOf(found) }];
  });
  return measured
    .map(({ name, value, unit }, i) => {
      const shared = measured[i + 1]?.unit === unit;
      return `${name} ${value}${shared ? "" : unit}`;
    })
    .join(", ");
}

function briefOf({ value, comparison: { value: threshold, formula } }: ComparedMeasurement) {
  return formula === undefined
    ? { value: short(value), unit: " (no threshold)" }
    : { value: (value / threshold).toFixed(2), unit: ` × ${factorText(formula)}` };
}
