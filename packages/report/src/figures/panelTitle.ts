import * as Plot from "@observablehq/plot";
import { BESIDE } from "./figure.js";
import type { Palette } from "./palette.js";

/** A panel's title, and under it what its vertical axis shows, both at the left end of the margin. */
export function panelTitle(
  title: string,
  axis: string,
  { marginTop, marginLeft }: { readonly marginTop: number; readonly marginLeft: number },
  palette: Palette,
) {
  const place = { ...BESIDE, frameAnchor: "top-left", dx: 4 - marginLeft } as const;
  return [
    Plot.text([title], {
      ...place,
      dy: 6 - marginTop,
      fontSize: 14,
      fontWeight: "bold",
      fill: palette.ink,
    }),
    Plot.text([`↑ ${axis}`], { ...place, dy: 28 - marginTop, fill: palette.muted }),
  ];
}
