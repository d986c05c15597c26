import { duration, type Progress, short } from "@eoss/lab";

/** The live line of a run: step, loss, sharpness in units of 2/η, rate, time to go. */
export function progressText(progress: Progress, columns: number): string {
  const { phase, step, steps, stepLoss, latest, rate, remaining } = progress;
  const loss = `loss ${short(latest.get("loss")?.value ?? stepLoss ?? Number.NaN)}`;
  const left = `${duration(Math.round(remaining ?? Number.NaN))} left`;
  const speed = phase === "measuring" ? "measuring" : `${short(rate ?? Number.NaN)} steps/s`;
  const sharpness = [
    ...sharpnessText(progress, "minibs", "MiniBS"),
    ...sharpnessText(progress, "fullbs", "FullBS"),
  ];
  const whole = [
    `step ${step}/${steps}`,
    loss,
    ...sharpness.map(({ name, value, relative }) => `${name} ${value} (${relative} × 2/η)`),
    speed,
    left,
  ].join(" · ");
  if (whole.length <= columns) return whole;
  const brief = sharpness.map(({ name, relative }) => `${name} ${relative}`).join(", ");
  return [`${step}/${steps}`, loss, ...(brief ? [`${brief} × 2/η`] : []), left].join(" · ");
}

/** The latest value of a quantity, plain and in units of 2/η; nothing before it is measured. */
export function sharpnessText({ latest, threshold }: Progress, quantity: string, name: string) {
  const value = latest.get(quantity)?.value;
  if (value === undefined) return [];
  return [{ name, value: short(value), relative: (value / threshold).toFixed(2) }];
}
