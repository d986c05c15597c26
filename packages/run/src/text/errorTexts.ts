import { type ErrorKind, errorSentences } from "@eoss/sharpness";

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
