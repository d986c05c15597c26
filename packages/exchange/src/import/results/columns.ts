import { type MetricRecord, STEP_LOSS } from "@eoss/run";

/** A quantity here, and its unit. */
interface ImportedQuantity {
  readonly quantity: string;
  readonly unit: NonNullable<MetricRecord["unit"]>;
}

const sharpness = (quantity: string): ImportedQuantity => ({ quantity, unit: "sharpness" });

/**
 * What the columns of a `results.txt` are here, by their names in its legend. All are measured before
 * the update of their step, as here. Names of the first version stand last.
 */
const QUANTITIES: ReadonlyMap<string, ImportedQuantity> = new Map([
  ["batch loss", { quantity: STEP_LOSS, unit: "loss" }],
  ["full loss", { quantity: "loss", unit: "loss" }],
  ["lambda max", sharpness("fullbs")],
  // Of the batch of the step alone; `step-sharpness` here is one of the whole loss.
  ["step sharpness", sharpness("step-batch-sharpness")],
  ["batch sharpness", sharpness("batch-sharpness")],
  ["Gradient-Noise Interaction", sharpness("gni")],
  ["total accuracy", { quantity: "accuracy", unit: "fraction" }],
  ["batch lambda max", sharpness("step-lambda-max")],
  ["batch sharpness (unaveraged=step sharpness)", sharpness("step-batch-sharpness")],
  ["batch sharpness static (averaged)", sharpness("batch-sharpness")],
]);

/** A column that becomes measurements. */
export interface ResultsColumn extends ImportedQuantity {
  readonly index: number;
  /** In the file. */
  readonly name: string;
}

/** What the legend of a file says. */
export interface Legend {
  /** All columns in their order. */
  readonly names: readonly string[];
  readonly columns: readonly ResultsColumn[];
  /** Columns that are nothing here. */
  readonly leftOut: readonly string[];
}

/** The legend `# (0) epoch, (1) step, (2) batch loss, ...`; undefined of any other line. */
export function parseLegend(line: string): Legend | undefined {
  if (!/^#\s*\(0\) /.test(line)) return undefined;
  const names = line
    .split(/\(\d+\) /)
    .slice(1)
    // In a run folder a name is one line, and nothing but text.
    .map((name) =>
      name
        .trim()
        .replace(/,$/, "")
        .trim()
        .replace(/\p{Cc}/gu, "?"),
    );
  const columns = names.flatMap((name, index) => {
    const quantity = QUANTITIES.get(name);
    return quantity ? [{ index, name, ...quantity }] : [];
  });
  const known = new Set(["epoch", "step", ...columns.map(({ name }) => name)]);
  return { names, columns, leftOut: names.filter((name) => !known.has(name)) };
}
