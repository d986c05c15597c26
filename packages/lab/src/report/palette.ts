/**
 * The colours of figures and pages. The three quantities are told apart with every common colour
 * vision (blue, vermilion and green of Okabe and Ito, darkened or lightened to a contrast of at
 * least 3:1 against the page), and also without colour, by dash and marker.
 */
export interface Palette {
  readonly page: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly minibs: string;
  readonly fullbs: string;
  readonly batchSharpness: string;
}

export const LIGHT: Palette = {
  page: "#ffffff",
  ink: "#1c2024",
  muted: "#5c6670",
  grid: "#dfe3e8",
  minibs: "#0072b2",
  fullbs: "#d55e00",
  batchSharpness: "#00805d",
};

export const DARK: Palette = {
  page: "#15181c",
  ink: "#e6e8eb",
  muted: "#9da7b1",
  grid: "#333a42",
  minibs: "#56b4e9",
  fullbs: "#f58f3c",
  batchSharpness: "#2cc99b",
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

/** How a measured quantity looks in every figure and legend. */
export interface QuantityStyle {
  readonly quantity: string;
  readonly name: string;
  readonly label: string;
  readonly color: keyof Palette;
  readonly dash: string;
  readonly symbol: "circle" | "square" | "triangle";
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

/** The quantities that compare with 2/η, in the order of tables and legends. */
export const SHARPNESSES = [MINIBS, FULLBS, BATCH_SHARPNESS] as const;
