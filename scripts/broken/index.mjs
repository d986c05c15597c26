// Code of users that is broken, of each kind, and what must be said of it before the first step. The table is
// tried in one process by a test, and by the installed command in `npm run test:published`.

import { ANY } from "./any.mjs";
import { DATA } from "./data.mjs";
import { LOSSES } from "./losses.mjs";
import { MODELS } from "./models.mjs";
import { NOISES } from "./noises.mjs";
import { OPTIMIZERS } from "./optimizers.mjs";
import { QUANTITIES } from "./quantities.mjs";
import { SAMPLERS } from "./samplers.mjs";
import { SCHEDULES } from "./schedules.mjs";

/**
 * By kind: the setting that names a file, with `before` in front of the name, and what is wrong in each: what it
 * does, its text, what is said.
 */
export const BROKEN = {
  model: { setting: "model", cases: [...ANY, ...MODELS] },
  quantity: { setting: "measure", cases: [...ANY, ...QUANTITIES] },
  data: { setting: "data", cases: [...ANY, ...DATA] },
  loss: { setting: "loss", cases: [...ANY, ...LOSSES] },
  optimizer: { setting: "optimizer", cases: [...ANY, ...OPTIMIZERS] },
  noise: { setting: "noise", cases: [...ANY, ...NOISES] },
  sampler: { setting: "sampler", cases: [...ANY, ...SAMPLERS] },
  schedule: { setting: "schedule", before: "lr=", cases: [...ANY, ...SCHEDULES] },
};

const SETTINGS = {
  ...{ data: "digits", model: "linear", loss: "mse", batch: 8, lr: 0.01, steps: 2, every: 2 },
  ...{ measure: "loss", backend: "cpu" },
};

/** Settings of a run that would train in a moment, with the file of one of the kinds. */
export function settingsWith({ setting, before = "" }, file) {
  // Data of the user may have fewer samples.
  const samples = setting === "data" ? {} : { samples: 64 };
  return { ...SETTINGS, ...samples, [setting]: `${before}${file}` };
}
