import { writeWhole } from "@eoss/lab";
import { errorOf } from "@eoss/lab/internal";
import { ConfigError, comparisonColumns, STEP_LOSS } from "@eoss/run";
import type { ExportedRun } from "./exportedRun.js";

/** More makes a page that no browser draws. */
const MOST_POINTS = 50_000;

interface ChartPoint {
  readonly run: string;
  readonly quantity: string;
  readonly step: number;
  readonly value: number;
  /** Ends of a 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** What it is compared with at the step, and how that follows from the settings. */
  readonly threshold: number | null;
  readonly threshold_formula: string | null;
}

/**
 * A Vega-Lite chart with its numbers: a panel for each quantity against steps, a line and a 95 % band
 * for each run, and what each is compared with dashed. The losses of single steps are left out.
 *
 * @param names of the runs in the legend, by their folders
 */
export function writeVega(
  runs: Iterable<ExportedRun>,
  path: string,
  names: ReadonlyMap<string, string>,
): string[] {
  const points: ChartPoint[] = [];
  for (const exported of runs) {
    for (const point of pointsOf(exported, names)) points.push(point);
    if (points.length > MOST_POINTS) {
      throw new ConfigError(
        `these runs have more than ${MOST_POINTS} measurements, too many for one chart; ` +
          "give fewer runs, or use --to csv or --to parquet",
      );
    }
  }
  writeWhole(path, `${JSON.stringify(chartOf(points))}\n`);
  return [path];
}

function pointsOf({ run, records }: ExportedRun, names: ReadonlyMap<string, string>): ChartPoint[] {
  const name = names.get(run.directory)!;
  return records.flatMap((record) => {
    const { step, quantity, value } = record;
    if (value === null || quantity === STEP_LOSS) return [];
    const error = errorOf(record) ?? 0;
    const { threshold, threshold_formula } = comparisonColumns(run.comparison(record, step));
    return [
      {
        run: name,
        quantity,
        step,
        value,
        low: value - error,
        high: value + error,
        threshold: Number.isFinite(threshold) ? threshold : null,
        threshold_formula,
      },
    ];
  });
}

function chartOf(values: readonly ChartPoint[]) {
  const step = { field: "step", type: "quantitative" } as const;
  const color = { field: "run", type: "nominal" } as const;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    data: { values },
    facet: { row: { field: "quantity", type: "nominal", header: { title: null } } },
    spec: {
      width: 600,
      height: 160,
      layer: [
        {
          mark: { type: "area", opacity: 0.2 },
          encoding: {
            x: step,
            y: { field: "low", type: "quantitative", title: "value" },
            y2: { field: "high" },
            color,
          },
        },
        {
          mark: "line",
          encoding: { x: step, y: { field: "value", type: "quantitative" }, color },
        },
        {
          mark: { type: "line", strokeDash: [4, 4] },
          encoding: { x: step, y: { field: "threshold", type: "quantitative" }, color },
        },
      ],
    },
    resolve: { scale: { y: "independent" } },
  };
}
