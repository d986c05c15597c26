import { MATRICES, type Matrix, matrixOf, quantities } from "@eoss/lab";
import { changeStepsIn, comparisonColumns, comparisonsOf } from "@eoss/run";
import type { RunDescription } from "../runs/describeRun.js";
import type { Connection, DuckDB } from "./duckdb.js";
import { literal } from "./sql.js";

const COMPARED = MATRICES.filter((matrix) => matrix !== "none");

/**
 * Makes the table that the view `metrics` joins: what a quantity is compared with, by run, by the matrix
 * that it is of, by whether it is of batches, and from which step on, before which next one.
 *
 * @param measuredSteps of a run whose η moves along a ramp, where every step has its own threshold
 */
export async function makeThresholdsTable(
  { DOUBLE, VARCHAR, BIGINT, BOOLEAN }: DuckDB,
  connection: Connection,
  runs: readonly RunDescription[],
  measuredSteps: (run: RunDescription) => Promise<readonly number[]>,
): Promise<void> {
  await connection.run(
    `CREATE TABLE thresholds (of_run VARCHAR, of_matrix VARCHAR, of_batches BOOLEAN, first BIGINT,
     next BIGINT, threshold DOUBLE, threshold_formula VARCHAR, small_batch_threshold DOUBLE,
     small_batch_formula VARCHAR)`,
  );
  const appender = await connection.createAppender("thresholds");
  const append = (value: string | number | null, type: typeof DOUBLE | typeof VARCHAR) =>
    value === null ? appender.appendNull() : appender.appendValue(value, type);
  for (const run of runs) {
    const { steps: changes, ramps } = changeStepsIn(run.manifest);
    const steps = [...new Set([0, ...changes, ...(ramps ? await measuredSteps(run) : [])])];
    steps.sort((a, b) => a - b);
    const compare = comparisonsOf(run.manifest);
    for (const matrix of COMPARED) {
      for (const ofBatches of [true, false]) {
        for (const [i, first] of steps.entries()) {
          const over = ofBatches ? "batches" : "full";
          const columns = comparisonColumns(compare({ quantity: "", matrix, over }, first));
          append(run.run, VARCHAR);
          append(matrix, VARCHAR);
          appender.appendValue(ofBatches, BOOLEAN);
          appender.appendValue(BigInt(first), BIGINT);
          appender.appendValue(BigInt(steps[i + 1] ?? Number.MAX_SAFE_INTEGER), BIGINT);
          append(columns.threshold, DOUBLE);
          append(columns.threshold_formula, VARCHAR);
          append(columns.small_batch_threshold, DOUBLE);
          append(columns.small_batch_formula, VARCHAR);
          appender.endRow();
        }
      }
    }
  }
  appender.closeSync();
}

/** Joins the thresholds to records, `m`, that know their run, step, quantity, unit, matrix and over. */
export const JOIN_THRESHOLDS = `LEFT JOIN thresholds ON of_run = m.run AND m.step >= first AND m.step < next
  AND of_matrix = coalesce(m.matrix, ${byName((quantity) => matrixOf(quantity))},
    CASE WHEN m.unit = 'sharpness' THEN 'hessian' ELSE 'none' END)
  AND of_batches = (coalesce(m."over", ${byName(({ over }) => over)}, 'full') IN ('batches', 'step'))`;

/** Records of older versions do not describe their quantity; the built-in ones are known by name. */
function byName(pick: (quantity: (typeof quantities)[string]) => Matrix | string): string {
  const cases = Object.values(quantities).map(
    (quantity) => `WHEN ${literal(quantity!.name)} THEN ${literal(pick(quantity))}`,
  );
  return `CASE m.quantity ${cases.join(" ")} END`;
}
