import { figureFont, optional } from "./fonts.js";

/**
 * A figure as PNG at twice its size, or as large as is said; null where the optional package
 * `@resvg/resvg-js` is not there.
 */
export async function png(svg: string, zoom = 2): Promise<Uint8Array | null> {
  const module = await optional(() => import("@resvg/resvg-js"));
  if (module === null) return null;
  const { family, regular, bold } = figureFont;
  const image = new module.Resvg(svg, {
    fitTo: { mode: "zoom", value: zoom },
    font: { fontFiles: [regular, bold], loadSystemFonts: false, defaultFontFamily: family },
  });
  return image.render().asPng();
}
