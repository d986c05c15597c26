/** The plots that a recipe can ask for, and their settings. */

import { z } from "zod";

const plotName = z.string().regex(/^[\w-]+$/);

/** Quantities against training steps: a panel for each run, or one for each quantity. */
const steps = z.strictObject({
  kind: z.literal("steps"),
  name: plotName,
  of: z.array(z.string()).min(1),
  runs: z.array(z.string()).min(1).optional(),
  panels: z.enum(["run", "quantity"]).default("run"),
  /** Sharpness divided by 2/η, or as it is. */
  unit: z.enum(["threshold", "none"]).default("threshold"),
  log: z.boolean().default(false),
  /** Whether single batches are drawn behind their mean. */
  dots: z.boolean().default(false),
});

/** Quantities against the batch size on logarithmic axes: of runs, or of static curves. */
const batchSize = z.strictObject({
  kind: z.literal("batch-size"),
  name: plotName,
  of: z.array(z.string()).min(1),
  runs: z.array(z.string()).min(1).optional(),
  static: z.array(z.string()).min(1).optional(),
  at: z.enum(["plateau", "end"]).default("end"),
  unit: z.enum(["threshold", "none"]).default("none"),
  /** Levels to draw across, in the unit of the plot. */
  lines: z
    .array(z.strictObject({ at: z.number().positive(), label: z.string().min(1) }))
    .max(2)
    .optional(),
  /** Draws the power law fitted to the points of batch sizes up to this part of n. */
  fit: z.number().positive().max(1).optional(),
});

export const plotSchema = z.discriminatedUnion("kind", [steps, batchSize]);
export type PlotSpec = z.output<typeof plotSchema>;
export type StepsPlot = z.output<typeof steps>;
export type BatchSizePlot = z.output<typeof batchSize>;
