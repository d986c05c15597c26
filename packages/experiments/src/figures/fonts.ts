// The letters of figures as PNG and PDF: the same on every machine.

import { join } from "node:path";
import { fontsFolder } from "../folders.js";

export interface Font {
  readonly family: string;
  /** Paths of the files. */
  readonly regular: string;
  readonly bold: string;
}

/** The letters of every figure, the same on every machine: it has Greek and superscripts. */
export const figureFont: Font = {
  family: "DejaVu Sans",
  regular: join(fontsFolder, "DejaVuSans.ttf"),
  bold: join(fontsFolder, "DejaVuSans-Bold.ttf"),
};

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
