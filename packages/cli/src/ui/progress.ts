import {
  type ComparedMeasurement,
  duration,
  factorText,
  type RunProgress,
  ratioText,
  short,
} from "@eoss/run";

/** What the line shows of a run, as far as it is measured. */
const SHOWN = [
  ["minibs", "MiniBS"],
  ["fullbs", "FullBS"],
] as const;

/** The live line of a run: step, loss, sharpness over its threshold, rate, time to go. */
export function progressText(progress: RunProgress, columns: number): string {
  const { phase, step, steps, stepLoss, latest, rate, remaining, collapsed } = progress;
  const loss = `loss ${short(latest.get("loss")?.value ?? stepLoss ?? Number.NaN)}`;
  const left = `${duration(Math.round(remaining ?? Number.NaN))} left`;
  const speed = phase === "measuring" ? "measuring" : `${short(rate ?? Number.NaN)} steps/s`;
  const sharpness = SHOWN.flatMap(([quantity, name]) => {
    const measured = latest.get(quantity);
    if (measured === undefined) return [];
    const { value, comparison } = measured;
    return [`${name} ${short(value)} (${ratioText(value, comparison)})`];
  });
  const dead = collapsed === undefined ? [] : ["collapsed"];
  const whole = [`step ${step}/${steps}`, ...dead, loss, ...sharpness, speed, left].join(" · ");
  if (whole.length <= columns) return whole;
  const brief = sharpnessText(progress);
  return [`${step}/${steps}`, ...dead, loss, ...(brief ? [brief] : []), left].join(" · ");
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
