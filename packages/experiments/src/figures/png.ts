import { figureFont, optional } from "./fonts.js";

/**
 * A figure as PNG at twice its size, or as large as is said; null where the optional package
 * `@resvg/resvg-js` is not there.
 */
export async function png(svg: string, zoom = 2): Promise<Uint8Array | null> {
  const module = await optional(() => import("@resvg/resvg-js"));
  if (module === null) return null;
  const font = figureFont();
  const options = {
    fitTo: { mode: "zoom", value: zoom },
    // The fonts of the machine, if it has any, are what is left without ours.
    ...(font && {
      font: {
        fontFiles: [font.regular, font.bold],
        loadSystemFonts: false,
        defaultFontFamily: font.family,
      },
    }),
  } as const;
  return new module.Resvg(svg, options).render().asPng();
}
