import type { Augmentation } from "@eoss/data";
import { ConfigError } from "./configError.js";

/**
 * What a text such as `flip crop=4 labels=0.1` says; undefined where nothing is changed.
 *
 * @throws ConfigError naming the word that is none
 */
export function augmentSetting(text: string | undefined): Augmentation | undefined {
  if (text === undefined) return undefined;
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const parts = words.map((word) => {
    const [, name = "", value] = /^(flip|crop|labels)(?:=(.+))?$/.exec(word) ?? [];
    if (name === "flip" && value === undefined) return ["flip", true] as const;
    if ((name === "crop" || name === "labels") && value !== undefined) {
      return [name, Number(value)] as const;
    }
    throw new ConfigError(
      `augment "${text}": ${word} is no augmentation; allowed: flip, crop=PIXELS, labels=SHARE`,
    );
  });
  const twice = parts.find(([name], i) => parts.some(([other], j) => j < i && other === name));
  if (twice) throw new ConfigError(`augment "${text}": ${twice[0]} stands there twice`);
  if (parts.length === 0)
    throw new ConfigError('augment "": allowed: flip, crop=PIXELS, labels=SHARE');
  return Object.fromEntries(parts);
}

/** What is done to the samples of a step, in words for `run.json` and the report. */
export function augmentationText({ flip, crop, labels }: Augmentation): string {
  const parts = [
    ...(flip ? ["flips left to right"] : []),
    ...(crop === undefined ? [] : [`shifts by up to ${crop} pixels`]),
    ...(labels === undefined ? [] : [`a share of ${labels} of the labels replaced`]),
  ];
  return (
    `each step draws anew: ${parts.join(", ")}. Only the updates see that: what is measured is about the samples ` +
    "as they are"
  );
}
