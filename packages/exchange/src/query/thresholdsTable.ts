import { MATRICES, type Matrix, matrixOf, quantities } from "@eoss/lab/internal";
import { changeStepsIn, comparisonColumns, comparisonsOf, type RunManifest } from "@eoss/run";
import { plannedText } from "@eoss/run/internal";
import type { RunDescription } from "../runs/describeRun.js";
import type { Appender, Connection } from "./duckdb.js";
import { literal } from "./sql.js";

const COMPARED = MATRICES.filter((matrix) => matrix !== "none");

/** What stands in one row of `thresholds`, behind its course. */
type Row = readonly [
  matrix: string,
  ofBatches: boolean,
  first: number,
  next: number,
  ...columns: (number | string | null)[],
];

/**
 * Makes the tables that `metrics` joins. `thresholds` has what a quantity is compared with, by the matrix
 * that it is of, by whether it is of batches, and from which step on, before which next one. The runs
 * of a sweep share most of that, which is written once, as a course; `courses` has the one of each run.
 *
 * @param measuredSteps of a run whose η moves along a ramp, where every step has its own threshold
 */
export async function makeThresholdsTable(
  connection: Connection,
  runs: readonly RunDescription[],
  measuredSteps: (run: RunDescription) => Promise<readonly number[]>,
): Promise<void> {
  await connection.run("CREATE TABLE courses (of_run VARCHAR, of_course INTEGER)");
  await connection.run(
    `CREATE TABLE thresholds (course INTEGER, of_matrix VARCHAR, of_batches BOOLEAN, first BIGINT,
     next BIGINT, threshold DOUBLE, threshold_formula VARCHAR, small_batch_threshold DOUBLE,
     small_batch_formula VARCHAR)`,
  );
  const [ofRuns, ofCourses] = [
    await connection.createAppender("courses"),
    await connection.createAppender("thresholds"),
  ];
  const known = new Map<string, number>();
  for (const run of runs) {
    const { steps, ramps } = changeStepsIn(run.manifest);
    const at = [...new Set([0, ...steps, ...(ramps ? await measuredSteps(run) : [])])];
    at.sort((a, b) => a - b);
    const text = `${plannedText(run.manifest)} ${at}`;
    const course = known.get(text) ?? known.size;
    if (!known.has(text)) {
      known.set(text, course);
      for (const row of rowsOf(run.manifest, at)) append(ofCourses, course, row);
    }
    ofRuns.appendVarchar(run.run);
    ofRuns.appendInteger(course);
    ofRuns.endRow();
  }
  ofRuns.closeSync();
  ofCourses.closeSync();
}

function rowsOf(manifest: RunManifest, steps: readonly number[]): Row[] {
  const compare = comparisonsOf(manifest);
  return COMPARED.flatMap((matrix) =>
    [true, false].flatMap((ofBatches) =>
      steps.map((first, i): Row => {
        const over = ofBatches ? "batches" : "full";
        const columns = comparisonColumns(compare({ quantity: "", matrix, over }, first));
        return [
          matrix,
          ofBatches,
          first,
          steps[i + 1] ?? Number.MAX_SAFE_INTEGER,
          columns.threshold,
          columns.threshold_formula,
          columns.small_batch_threshold,
          columns.small_batch_formula,
        ];
      }),
    ),
  );
}

function append(appender: Appender, course: number, row: Row): void {
  const [matrix, ofBatches, first, next, ...columns] = row;
  appender.appendInteger(course);
  appender.appendVarchar(matrix);
  appender.appendBoolean(ofBatches);
  appender.appendBigInt(BigInt(first));
  appender.appendBigInt(BigInt(next));
  for (const cell of columns) {
    if (cell === null) appender.appendNull();
    else if (typeof cell === "number") appender.appendDouble(cell);
    else appender.appendVarchar(cell);
  }
  appender.endRow();
}

/** Joins the thresholds to records, `m`, that know their run, step, quantity, unit, matrix and over. */
export const JOIN_THRESHOLDS = `LEFT JOIN courses ON of_run = m.run
  LEFT JOIN thresholds ON course = of_course AND m.step >= first AND m.step < next
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
