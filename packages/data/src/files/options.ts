import { z } from "zod";

const count = z.number().int().min(1);
/** A name; columns without a header are numbered. */
const name = z.union([z.string().min(1), z.number().int().min(0).transform(String)]);

/** How samples are found in files and what they are for. The one table of `--data-options` of files. */
export const fileOptions = z.strictObject({
  x: z
    .union([name, z.array(name).min(1)])
    .optional()
    .describe(
      "array or columns of the inputs (default: all but the label; x, x_train, images, … of an archive)",
    ),
  label: z
    .union([name, z.array(name).min(1)])
    .optional()
    .describe(
      "array or column of what is learnt; several columns for a regression of several outputs (default: y, label, …; else the last column)",
    ),
  labels: name.optional().describe("another file with the labels"),
  test: z
    .union([z.number().gt(0).lt(1), name])
    .optional()
    .describe(
      "share of the samples to hold out, such as 0.2 (of a text its last part), or the file of the test samples (default: what the files name as test)",
    ),
  "test-labels": name.optional().describe("the file of the labels of the test samples"),
  drop: z.array(name).optional().describe("columns to leave out"),
  header: z
    .boolean()
    .optional()
    .describe(
      "whether the first line of a table has the names of the columns (default: whether it has a text that is no number)",
    ),
  delimiter: z
    .string()
    .length(1)
    .optional()
    .describe(
      "what separates the columns of a table (default: tab, comma or semicolon, as in the first line)",
    ),
  shape: z
    .array(count)
    .min(1)
    .optional()
    .describe("shape of one input, e.g. [28, 28, 1] (default: as stored)"),
  layout: z
    .enum(["channels-last", "channels-first"])
    .optional()
    .describe("where images have their channels (default: as the shape suggests)"),
  task: z
    .enum(["classification", "binary", "regression"])
    .optional()
    .describe(
      "what is learnt (default: regression for numbers that are no classes, binary for two named classes, else classification)",
    ),
  classes: z
    .union([count, z.array(z.union([z.string(), z.number(), z.boolean()])).min(2)])
    .optional()
    .describe("how many classes there are, or the classes to keep, in the order of their numbers"),
  standardise: z
    .enum(["channel", "feature", "none"])
    .optional()
    .describe(
      "shift and scale inputs to mean 0 and deviation 1, by each channel or each number (default: channel for images, feature for tables, none for text)",
    ),
  "standardise-targets": z
    .boolean()
    .optional()
    .describe(
      "shift and scale the targets of a regression to mean 0 and deviation 1 (default: true)",
    ),
  time: count.optional().describe("tokens of one sample of a text (default: 16)"),
  tokens: z
    .enum(["characters", "bpe"])
    .optional()
    .describe(
      "what a text is divided into: characters, or byte pairs made from its training part (default: characters)",
    ),
  vocabulary: count
    .optional()
    .describe("byte-pair tokens to make, with tokens: bpe (default: 512)"),
});

export type FileOptions = z.output<typeof fileOptions>;

/** The options that make sense where files and arrays are known. */
export const officialOptions = fileOptions.pick({ classes: true, task: true, standardise: true });
