import { type ErrorKind, errorSentences, weakestKind } from "@eoss/sharpness";
import { recordsOf } from "../analysis/series.js";
import type { Run } from "../formats/parse.js";

/** What the error bounds of a quantity say in a run: the least that one of its records does. */
export function errorKindOf(run: Run, quantity: string): ErrorKind | undefined {
  return weakestKind(...recordsOf(run, quantity).map(({ errorKind }) => errorKind));
}

/** What each kind of error bound says: "certified: λmax is …". */
export function errorKindTexts(): string[] {
  return Object.entries(errorSentences).map(([kind, sentence]) => `${kind}: ${sentence}.`);
}

/** What the error bounds of quantities say, a sentence for each kind: "Error of fullbs: λmax is …". */
export function errorTexts(
  measured: ReadonlyArray<{ readonly name: string; readonly errorKind?: ErrorKind | undefined }>,
): string[] {
  return Object.entries(errorSentences).flatMap(([kind, sentence]) => {
    const names = measured.filter(({ errorKind }) => errorKind === kind).map(({ name }) => name);
    return names.length > 0 ? [`Error of ${names.join(", ")}: ${sentence}.`] : [];
  });
}
