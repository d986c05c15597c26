/** What is wrong with settings that are texts can be said at once, but for the code of users that they name. */

import { isForeign } from "@eoss/rng/internal";
import { planOf } from "../training/plan.js";
import { withoutSetting } from "./foreignNames.js";
import { lossSetting } from "./lossSetting.js";
import { nameAndOptions } from "./nameValuePairs.js";
import { noiseSetting } from "./noiseSetting.js";
import { samplerSetting } from "./samplerSetting.js";

/** A plan in which only what is checked can be wrong: more samples than any data set has. */
const SAMPLES = 2 ** 40;
const PLAN = { lr: 1, batch: 1, optimizer: "sgd" } as const;

const ofOurs = (check: (text: string) => unknown) => (text: string) => {
  if (!isForeign(nameAndOptions(text).name)) check(text);
};

export const checkLoss = ofOurs((text) => lossSetting(text));
export const checkSampler = ofOurs((text) => samplerSetting(text));
export const checkNoise = ofOurs((text) => noiseSetting(text));
export const checkOptimizer = ofOurs((text) => planOf({ ...PLAN, optimizer: text }, SAMPLES));

export function checkSchedules(schedule: readonly string[]): void {
  const isOurs = (text: string) => !isForeign(nameAndOptions(withoutSetting(text)).name);
  planOf({ ...PLAN, schedule: schedule.filter(isOurs) }, SAMPLES);
}

export function checkInterventions(intervene: readonly string[]): void {
  for (const text of intervene) planOf({ ...PLAN, intervene: [text] }, SAMPLES);
}
