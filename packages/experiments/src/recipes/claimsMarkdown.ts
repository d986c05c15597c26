import { markdownTable } from "@eoss/report";
import { type FigureRecord, figureLabel } from "./figureRecord.js";
import { valueText } from "./page.js";

/** The verdict on each claim with what was measured, as a Markdown table. */
export function claimsMarkdown(figures: readonly FigureRecord[]): string {
  const rows = figures.flatMap(({ recipe, claims }) =>
    claims.map(({ claim, verdict, measured }) => {
      const numbers = measured.map(
        (part) =>
          `${part.of}: ${valueText(part)}${part.verdict === verdict ? "" : ` (${part.verdict})`}` +
          (part.note === undefined ? "" : ` (${part.note})`),
      );
      return [figureLabel(recipe), claim, verdict, numbers.join("; ")];
    }),
  );
  const header = ["figure", "claim", "verdict", "measured, with the half width of its interval"];
  return markdownTable(header, rows);
}
