/**
 * A figure as PNG at twice its size; null where the optional package `@resvg/resvg-js` is not there.
 */
export async function png(svg: string): Promise<Uint8Array | null> {
  try {
    const { Resvg } = await import("@resvg/resvg-js");
    return new Resvg(svg, { fitTo: { mode: "zoom", value: 2 } }).render().asPng();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return null;
    throw error;
  }
}
