import * as Plot from "@observablehq/plot";
import type { Run } from "../run/read.js";
import { relativeSeriesOf } from "../run/series.js";
import { changeMarks, frameOf, marksHeight, marksOf, placeMarks } from "./changeMarks.js";
import {
  axisTop,
  band,
  draw,
  type Figure,
  type FigureSize,
  groupMarkup,
  line,
  stepsOf,
  textWidth,
} from "./figure.js";
import { escapeText } from "./html.js";
import { runLabels } from "./labels.js";
import { lineSample, thresholdSample } from "./legend.js";
import { FULLBS, LIGHT, MINIBS, type Palette } from "./palette.js";
import { commonFormula, thresholdLevels } from "./threshold.js";

/** FullBS is drawn last: where the two coincide, MiniBS shows between its dashes. */
const COMPARED = [MINIBS, FULLBS] as const;

export interface ComparisonPanels {
  readonly panels: readonly Figure[];
  /** Where the common vertical axis ends, if there are values above it: they lie on its edge. */
  readonly clampedAt: number | null;
}

const TITLE_SIZE = 14;
const MARGIN = { marginLeft: 34, marginRight: 14, marginTop: 52, marginBottom: 38 };

/**
 * MiniBS and FullBS of several runs, each value in units of the threshold of its step: one panel a
 * run, all with the same vertical axis, so that levels compare across panels. A run without either
 * quantity, or whose sharpness compares with no threshold, gets a panel that says so.
 */
export function comparisonPanels(
  runs: readonly Run[],
  palette: Palette,
  size: FigureSize,
): ComparisonPanels {
  const labels = runLabels(runs);
  const curves = runs.map((run) => COMPARED.map(({ quantity }) => relativeSeriesOf(run, quantity)));
  const values = curves.flat(2).map(({ value }) => value);
  const unit = commonFormula(runs);
  const changes = runs.map((run) =>
    placeMarks(marksOf(run), frameOf(size.width, stepsOf([run]), MARGIN)),
  );
  // One height for all, or the panels' axes would not line up.
  // In em, of which a bold letter takes more than the wrapping of Plot reckons with.
  const titleWidth = (0.85 * (size.width - 12)) / TITLE_SIZE;
  const titleLines = labels.map((label) =>
    Math.ceil((textWidth(label) * TITLE_SIZE) / 12 / (0.95 * (size.width - 12))),
  );
  const titleHeight = (TITLE_SIZE + 2) * (Math.max(1, ...titleLines) - 1);
  const marginTop = MARGIN.marginTop + titleHeight + Math.max(0, ...changes.map(marksHeight));
  const top = axisTop(values, 1.3);
  const panels = runs.map((run, i) =>
    draw({
      ...size,
      palette,
      label: `MiniBS and FullBS in units of ${unit} against training steps: ${labels[i]}`,
      description: `The horizontal line at 1 is ${unit}.`,
      plot: {
        ...MARGIN,
        marginTop,
        x: { domain: stepsOf([run]), ticks: 4 },
        y: { domain: [0, top], clamp: true, label: null },
        marks: [
          Plot.gridY({ stroke: palette.grid, strokeOpacity: 1, ticks: 6 }),
          Plot.axisY({ label: null, ticks: 6 }),
          ...COMPARED.map((style, k) =>
            band(
              curves[i]![k]!,
              ({ standardError, errorBound }) =>
                standardError === undefined ? errorBound : 2 * standardError,
              style,
              palette,
            ),
          ),
          changeMarks(changes[i]!, palette),
          compares(run)
            ? Plot.ruleY([1], { stroke: palette.ink, strokeWidth: 1.25, ariaLabel: () => unit })
            : null,
          ...COMPARED.map((style, k) => line(curves[i]![k]!, style, palette)),
          Plot.text([labels[i]!], {
            frameAnchor: "top-left",
            dx: -28,
            dy: 6 - marginTop,
            fontSize: TITLE_SIZE,
            lineWidth: titleWidth,
            fontWeight: "bold",
            fill: palette.ink,
          }),
          Plot.text([`↑ sharpness in units of ${unit}`], {
            frameAnchor: "top-left",
            dx: -28,
            dy: 32 + titleHeight - marginTop,
            fill: palette.muted,
          }),
          curves[i]!.flat().every(({ value }) => !Number.isFinite(value))
            ? Plot.text(
                [curves[i]!.flat().length > 0 && !compares(run) ? PRECONDITIONED : "not measured"],
                {
                  frameAnchor: "middle",
                  fill: palette.muted,
                },
              )
            : null,
        ],
      },
    }),
  );
  return { panels, clampedAt: values.some((value) => value > top) ? top : null };
}

const PRECONDITIONED = "no threshold for H:\nthe steps are preconditioned";

/** Whether there is a step at which the sharpness of a run has a threshold. */
function compares(run: Run): boolean {
  return thresholdLevels(run).some(({ value }) => !Number.isNaN(value));
}

/**
 * The comparison as one SVG that stands alone: light background, no styles from outside, legible
 * beside text of either theme. For READMEs and slides.
 */
export function comparisonFigureSvg(runs: readonly Run[]): string {
  const palette = LIGHT;
  const panel = { width: 300, height: 280 };
  const columns = Math.max(1, Math.min(3, runs.length));
  const padding = 16;
  const header = 34;
  const width = Math.max(columns * panel.width, 640) + 2 * padding;
  const height = Math.ceil(runs.length / columns) * panel.height + header + 2 * padding;
  const left = (width - columns * panel.width) / 2;
  const { panels } = comparisonPanels(runs, palette, panel);
  const placed = panels.map((figure, i) => {
    const x = left + (i % columns) * panel.width;
    const y = padding + header + Math.floor(i / columns) * panel.height;
    return groupMarkup(figure, x, y);
  });

  const entry = (x: number, sample: string, text: string) =>
    `<g transform="translate(${x},${padding + 6})">${sample}` +
    `<text x="44" y="10">${escapeText(text)}</text></g>`;
  const unit = commonFormula(runs);
  const title = `Mini-batch and full-batch sharpness in units of ${unit}: ${runLabels(runs).join("; ")}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${palette.ink}" color="${palette.ink}">
<title>${escapeText(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${palette.page}"/>
${entry(left + 6, lineSample(MINIBS, palette), MINIBS.label)}
${entry(left + 272, lineSample(FULLBS, palette), FULLBS.label)}
${entry(left + 524, thresholdSample(palette), unit)}
${placed.join("\n")}
</svg>
`;
}
