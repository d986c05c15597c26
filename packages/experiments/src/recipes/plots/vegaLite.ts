import type { PlotSpec } from "./schema.js";

const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";
const COMMON = { $schema: SCHEMA };

/**
 * The plot as a Vega-Lite specification over its CSV file, for those who want to change it.
 *
 * @param seeds of so many, single runs are drawn behind their mean
 */
export function vegaLite(plot: PlotSpec, csvFile: string, title: string, seeds: number): object {
  const data = { url: csvFile, format: { type: "csv" } };
  if (plot.kind === "batch-size") {
    const log = (field: string, name: string, base = 10) => ({
      field,
      type: "quantitative",
      title: name,
      scale: { type: "log", base },
    });
    return {
      ...COMMON,
      title,
      data,
      transform: [
        { filter: "datum.value > 0" },
        { calculate: "datum.value - datum.margin", as: "low" },
        { calculate: "datum.value + datum.margin", as: "high" },
      ],
      encoding: {
        x: log("batchSize", "batch size", 2),
        color: { field: plot.of.length > 1 ? "quantity" : "series", type: "nominal" },
      },
      layer: [
        {
          transform: [{ filter: "datum.low > 0" }],
          mark: "rule",
          encoding: { y: log("low", plot.of.join(", ")), y2: { field: "high" } },
        },
        { mark: "point", encoding: { y: log("value", plot.of.join(", ")) } },
      ],
    };
  }
  const [panel, line] = plot.panels === "run" ? ["run", "quantity"] : ["quantity", "run"];
  const encoding = {
    x: { field: "step", type: "quantitative", title: "training step" },
    y: {
      field: "value",
      type: "quantitative",
      title: plot.unit === "threshold" && !plot.log ? "in units of the threshold" : "value",
      ...(plot.log && { scale: { type: "log" } }),
    },
    color: { field: line, type: "nominal" },
  };
  return {
    ...COMMON,
    title,
    data,
    facet: { field: panel, type: "nominal", columns: 3 },
    spec: {
      layer: [
        ...(plot.dots || seeds > 1
          ? [
              {
                transform: [{ filter: "datum.single == 'true' || datum.single === true" }],
                mark: { type: "point", size: 4, opacity: 0.3 },
                encoding,
              },
            ]
          : []),
        {
          transform: [
            { filter: "!datum.single" },
            ...(plot.log ? [{ filter: "datum.value > 0" }] : []),
          ],
          mark: "line",
          encoding,
        },
        ...(plot.unit === "threshold" && !plot.log
          ? [{ mark: "rule", encoding: { y: { datum: 1 } } }]
          : []),
      ],
    },
  };
}
