import { escapeText } from "../page/html.js";
import { type Figure, groupMarkup } from "./figure.js";
import { type LegendLine, lineSample, thresholdSample } from "./legend.js";
import type { LineStyle, Palette } from "./palette.js";

const PADDING = 12;
const LEGEND_LINE = 20;
const SAMPLE = 44;
/** Roughly what a letter of the legend takes. */
const LETTER = 6.6;
/** Pixels that a panel beside others takes at least. */
const LEAST_PANEL = 270;

/** How a plot is drawn, beside what is in it. */
export interface Look {
  readonly title: string;
  /** What sharpness is divided by where it is, e.g. "2/η". */
  readonly unit: string;
  readonly palette: Palette;
  /** Pixels of the whole; default: as many as its panels need at their usual size. */
  readonly width?: number | undefined;
  /** As of `PanelsOptions`. */
  readonly withData?: boolean;
}

export interface PanelsOptions {
  readonly title: string;
  readonly styles: readonly LineStyle[];
  /** What the line at 1 stands for, if there is one. */
  readonly threshold?: string | undefined;
  /** Other lines across the panels. */
  readonly lines?: readonly LegendLine[];
  /** Sentences under the panels: what was left out, or lies on an edge. */
  readonly notes?: readonly string[];
  readonly palette: Palette;
  readonly columns: number;
  /** Pixels that the whole is wide at least, so that the legend has room; default 520. */
  readonly minWidth?: number;
  /** Whether panels carry their numbers, for the script of a page; default false. */
  readonly withData?: boolean | undefined;
}

/**
 * How panels stand in a figure of some width: as many columns as leave each at least 270 pixels, three at
 * most, which fill it.
 *
 * @param width pixels of the figure
 * @param count of the panels
 */
export function fillWidth(width: number, count: number) {
  const room = width - 2 * PADDING;
  const columns = Math.max(1, Math.min(count, 3, Math.floor(room / LEAST_PANEL)));
  return { columns, panel: Math.floor(room / columns), minWidth: room };
}

/** Panels side by side under one legend, as one SVG that stands alone. */
export function panelsSvg(panels: readonly Figure[], options: PanelsOptions): string {
  const { title, palette, columns, minWidth = 520, withData = false } = options;
  const { width: w = 300, height: h = 280 } = panels[0] ?? {};
  const across = Math.min(columns, Math.max(1, panels.length));
  const width = Math.max(across * w, minWidth) + 2 * PADDING;
  const notes = (options.notes ?? []).flatMap((note) => wrapped(note, width - 2 * PADDING));
  const { markup, height: header } = legendMarkup(options, width - 2 * PADDING);
  const bottom = Math.ceil(panels.length / across) * h + header + PADDING;
  const height = bottom + notes.length * LEGEND_LINE + PADDING;
  const placed = panels.map((panel, i) =>
    groupMarkup(
      panel,
      [PADDING + (i % across) * w, PADDING + header + Math.floor(i / across) * h],
      withData,
    ),
  );
  const noteMarkup = notes.map(
    (note, i) =>
      `<text x="${PADDING}" y="${bottom + (i + 0.7) * LEGEND_LINE}" fill="${palette.muted}">${escapeText(note)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${palette.ink}" color="${palette.ink}">
<title>${escapeText(title)}</title>
<rect width="${width}" height="${height}" fill="${palette.page}"/>
${markup}
${placed.join("\n")}
${noteMarkup.join("\n")}
</svg>
`;
}

function legendMarkup({ styles, threshold, lines = [], palette }: PanelsOptions, width: number) {
  const entries = [
    ...styles.map((style) => ({ sample: lineSample(style, palette), label: style.label })),
    ...(threshold ? [{ sample: thresholdSample(palette), label: threshold }] : []),
    ...lines.map(({ look, label }) => ({ sample: thresholdSample(palette, look), label })),
  ];
  let [x, line] = [0, 0];
  const markup = entries.map(({ sample, label }) => {
    const rows = wrapped(label, width - SAMPLE);
    const length = SAMPLE + LETTER * Math.max(...rows.map((row) => row.length)) + 18;
    if (x > 0 && x + length - 18 > width) [x, line] = [0, line + 1];
    const place = `translate(${PADDING + x},${PADDING + line * LEGEND_LINE})`;
    x = rows.length > 1 ? width : x + length;
    line += rows.length - 1;
    const texts = rows.map(
      (row, i) => `<text x="${SAMPLE}" y="${10 + i * LEGEND_LINE}">${escapeText(row)}</text>`,
    );
    return `<g transform="${place}">${sample}${texts.join("")}</g>`;
  });
  return { markup: markup.join("\n"), height: (line + 1) * LEGEND_LINE };
}

/** A text in rows that fit into a width, broken at blanks; a word that is too long has a row to itself. */
function wrapped(text: string, width: number): string[] {
  const letters = Math.floor(width / LETTER);
  const [first = "", ...rest] = text.split(" ");
  const rows = [first];
  for (const word of rest) {
    const longer = `${rows.at(-1)} ${word}`;
    if (longer.length > letters) rows.push(word);
    else rows[rows.length - 1] = longer;
  }
  return rows;
}
