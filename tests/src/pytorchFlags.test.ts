/** The guide for those who come from the PyTorch code speaks of each of its flags. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** Of `training.py` of the authors' public code, by their first names; both spellings are one. */
const FLAGS = `
  batch epochs steps cpu lr stop-loss loss dataset classes num-data data-ordering-seed model init-scale no-init
  cont-run-id cont-step checkpoint-every momentum adam lambdamax lambda-max-gn step-batch-lambda-max
  batch-sharpness batch-sharpness-gn momentum-bs step-sharpness gni second-moment-contraction hessian-trace
  grad-projection one-step-loss-change gradient-norm final force-full-loss batch-sharpness-exp-inside
  batch-lambda-max fisher param-distance param-file save-trajectory disable-cache-eigenvectors
  use-power-iteration num-eigenvalues results-rarely precise-plots rare-measure full-loss-warmup gd-noise noise-mag
  sde sde-h sde-eta sde-seed quad-switch-step use-gauss-newton quad-switch-lr proj-switch-step proj-top-l
  proj-to-residual dataset-seed init-seed wandb-tag wandb-name wandb-notes disable-wandb save-only-last-checkpoint
`
  .trim()
  .split(/\s+/);

const guide = readFileSync(
  join(import.meta.dirname, "../../apps/docs/pages/guides/from-pytorch.md"),
  "utf8",
);
/** Without the commands at its head, which need no explanation. */
const tables = guide.slice(guide.indexOf("## Training"));

it.each(FLAGS)("--%s", (flag) => {
  expect(tables).toMatch(new RegExp(`\`[^\`]*--${flag}(?![\\w-])`));
});
