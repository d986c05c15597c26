/** What a schedule from somewhere else has to be, and how it is found. */

import { type LoadPluginOptions, namedRule, resolvePlugin } from "@eoss/rng/internal";
import { ScheduleContractError, type ScheduleKind } from "./define.js";
import { schedules } from "./registry.js";

/**
 * The schedule of a user that `--schedule "lr=NAME"` names: a file, `./my-schedule.js`, or a package,
 * `@them/schedules`, `their-package#cyclic`; without an export's name the default export counts.
 *
 * @throws ScheduleContractError saying what could not be found, or which rule the module broke
 */
export async function loadSchedule(
  specifier: string,
  options: LoadPluginOptions = {},
): Promise<ScheduleKind> {
  const kind = await resolvePlugin<ScheduleKind>(
    {
      noun: "schedule",
      nouns: "schedules",
      loader: "loadSchedule",
      howMade: "defineSchedule({ name, defaults, at })",
      builtIn: {},
      brokenRule({ defaults, values, ...named }) {
        const rule = namedRule(named);
        if (rule !== undefined) return rule;
        if (typeof defaults !== "object" || defaults === null)
          return "`defaults` must be an object";
        return typeof values === "function" ? undefined : "`values` must be a function";
      },
      Failure: ScheduleContractError,
    },
    specifier,
    options,
  );
  if (!Object.hasOwn(schedules, kind.name)) return kind;
  throw new ScheduleContractError(
    `${specifier} is named "${kind.name}", as a built-in schedule is: they could not be told apart`,
  );
}
