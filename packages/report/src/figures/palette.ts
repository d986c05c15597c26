/**
 * The colours of figures and pages. The three quantities are told apart with every common colour
 * vision (blue, vermilion and green of Okabe and Ito, darkened or lightened to a contrast of at
 * least 3:1 against the page), and also without colour, by dash and marker; and so are the forks of
 * a run, where each panel has one quantity.
 */
export interface Palette {
  readonly page: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly minibs: string;
  readonly fullbs: string;
  readonly batchSharpness: string;
  readonly fork1: string;
  readonly fork2: string;
  readonly fork3: string;
  readonly fork4: string;
  readonly fork5: string;
  readonly fork6: string;
}

export const LIGHT: Palette = {
  page: "#ffffff",
  ink: "#1c2024",
  muted: "#5c6670",
  grid: "#dfe3e8",
  minibs: "#0072b2",
  fullbs: "#d55e00",
  batchSharpness: "#00805d",
  fork1: "#0072b2",
  fork2: "#d55e00",
  fork3: "#00805d",
  fork4: "#a8488c",
  fork5: "#8a6d00",
  fork6: "#5b50c7",
};

export const DARK: Palette = {
  page: "#15181c",
  ink: "#e6e8eb",
  muted: "#9da7b1",
  grid: "#333a42",
  minibs: "#56b4e9",
  fullbs: "#f58f3c",
  batchSharpness: "#2cc99b",
  fork1: "#56b4e9",
  fork2: "#f58f3c",
  fork3: "#2cc99b",
  fork4: "#e287c0",
  fork5: "#d9b93b",
  fork6: "#a79cf5",
};

/** The same colours as CSS variables, which the page sets for the light or the dark theme. */
export const THEMED = Object.fromEntries(
  Object.keys(LIGHT).map((name) => [name, `var(--${name})`]),
) as unknown as Palette;

/** Declarations of the CSS variables. */
export function cssVariables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, color]) => `--${name}: ${color};`)
    .join(" ");
}

/** How a line looks in every figure and legend. */
export interface LineStyle {
  readonly label: string;
  readonly color: keyof Palette;
  readonly dash: string;
  readonly symbol: "circle" | "square" | "triangle";
}

/** How a measured quantity looks. */
export interface QuantityStyle extends LineStyle {
  readonly quantity: string;
  readonly name: string;
}

export const MINIBS: QuantityStyle = {
  quantity: "minibs",
  name: "MiniBS",
  label: "mini-batch sharpness (MiniBS)",
  color: "minibs",
  dash: "none",
  symbol: "circle",
};

export const FULLBS: QuantityStyle = {
  quantity: "fullbs",
  name: "FullBS",
  label: "full-batch sharpness (FullBS)",
  color: "fullbs",
  dash: "7 5",
  symbol: "square",
};

export const BATCH_SHARPNESS: QuantityStyle = {
  quantity: "batch-sharpness",
  name: "batch sharpness",
  label: "batch sharpness",
  color: "batchSharpness",
  dash: "2 2.5",
  symbol: "triangle",
};

/** The sharpnesses of the main figures, in the order of tables and legends. */
export const SHARPNESSES = [MINIBS, FULLBS, BATCH_SHARPNESS] as const;

const DASHES = ["none", "7 5", "2 2.5"] as const;
const SYMBOLS = ["circle", "square", "triangle"] as const;

/** The look of the first run of a family: that of text. */
export function rootStyle(label: string): LineStyle {
  return { label, color: "ink", dash: "none", symbol: "circle" };
}

/**
 * The look of a fork, by its place among the forks from 0 on. Printed without colour the first eight are told
 * apart from each other and from the root, by marker and dash; with it eighteen are.
 */
export function forkStyle(label: string, place: number): LineStyle {
  return {
    label,
    color: `fork${(place % 6) + 1}` as keyof Palette,
    dash: DASHES[Math.floor((place + 1) / 3) % 3]!,
    symbol: SYMBOLS[(place + 1) % 3]!,
  };
}
