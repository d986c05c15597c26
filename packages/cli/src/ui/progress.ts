import { duration, type Progress, short } from "@eoss/lab";

/** The live line of a run: step, loss, sharpness also in units of 2/η, rate, time to go. */
export function progressText(progress: Progress): string {
  const { phase, step, steps, stepLoss, threshold, latest, rate, remaining } = progress;
  const sharpness = (name: string, label: string) => {
    const value = latest.get(name)?.value;
    if (value === undefined) return [];
    return [`${label} ${short(value)} (${(value / threshold).toFixed(2)} × 2/η)`];
  };
  return [
    `step ${step}/${steps}`,
    `loss ${short(latest.get("loss")?.value ?? stepLoss ?? Number.NaN)}`,
    ...sharpness("minibs", "MiniBS"),
    ...sharpness("fullbs", "FullBS"),
    phase === "measuring" ? "measuring" : `${short(rate ?? Number.NaN)} steps/s`,
    `${duration(Math.round(remaining ?? Number.NaN))} left`,
  ].join(" · ");
}
