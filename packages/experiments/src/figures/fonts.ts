import { createRequire } from "node:module";

/** A font whose letters are in every figure, the same on every machine: it has Greek and superscripts. */
export interface Font {
  readonly family: string;
  /** Paths of the files. */
  readonly regular: string;
  readonly bold: string;
}

/** DejaVu Sans of the optional package `dejavu-fonts-ttf`; undefined where it is not there. */
export function figureFont(): Font | undefined {
  const { resolve } = createRequire(import.meta.url);
  try {
    return {
      family: "DejaVu Sans",
      regular: resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"),
      bold: resolve("dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf"),
    };
  } catch {
    return undefined;
  }
}

/** What an optional package exports; null where it is not there. */
export async function optional<T>(load: () => Promise<T>): Promise<T | null> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return null;
    throw error;
  }
}
