/** The contract of a schedule: what is looked at before a training with one of somebody else. */

import { watchingRandom } from "@eoss/rng/internal";
import { loadSchedule } from "../schedules/contract.js";
import {
  type ScheduleContext,
  ScheduleContractError,
  type ScheduleKind,
  type ScheduleOptions,
} from "../schedules/define.js";
import type { ConformanceTest } from "./conformance.js";

/** Steps that are looked at: the first, the last, and some between them. */
const LOOKED_AT = 48;

/**
 * Looks whether a schedule keeps its contract with some options: finite values, none above the declared peak; the
 * same again, also in another order and without the steps before; and no random numbers.
 *
 * @throws ScheduleContractError naming the first rule that is broken
 */
export function checkScheduleKind(
  kind: ScheduleKind,
  options: ScheduleOptions = {},
  context: ScheduleContext = { initial: 0.1, steps: 1000 },
): void {
  const fail = (broken: string): never => {
    throw new ScheduleContractError(
      `the schedule ${kind.name} breaks the contract of schedules: ${broken}`,
    );
  };
  const { steps } = context;
  const places = Array.from({ length: LOOKED_AT }, (_, i) => Math.round((i * steps) / 47));
  const looked = [...new Set([...places, Math.min(1, steps)])].sort((a, b) => a - b);
  try {
    const { value: inOrder, draws } = watchingRandom(() => kind.values(context, options, looked));
    if (draws > 0) fail("it draws random numbers");
    const backwards = [...kind.values(context, options, [...looked].reverse())].reverse();
    const alone = looked.map((step) => kind.values(context, options, [step])[0]);
    const place = looked.findIndex(
      (_, i) => !Object.is(inOrder[i], alone[i]) || !Object.is(inOrder[i], backwards[i]),
    );
    if (place >= 0) {
      fail(
        `its value at step ${looked[place]} depends on the steps that were asked for before, or on the clock: a run that is resumed ` +
          "would see another. It is a function of the step and the options",
      );
    }
  } catch (error) {
    if (error instanceof ScheduleContractError) throw error;
    fail((error as Error).message);
  }
}

const HORIZONS = [1, 2, 10, 1000];
const INITIAL = [0.001, 0.1, 1];

/**
 * The contract of a schedule as tests.
 *
 * @param settings of its options to try, beside the defaults
 *
 * @example
 * for (const { name, run } of scheduleConformance(mySchedule, [{ floor: 0.1 }])) {
 *   test(name, run); // vitest, node:test, mocha, ...
 * }
 */
export function scheduleConformance(
  kind: ScheduleKind,
  settings: readonly ScheduleOptions[] = [],
): ConformanceTest[] {
  return [
    {
      name: "is a schedule with a name of its own and a description",
      async run() {
        await loadSchedule("given#default", { importModule: async () => ({ default: kind }) });
        if (kind.description === "") throw new ScheduleContractError("the description is empty");
      },
    },
    {
      name: "refuses options that it does not have",
      run() {
        try {
          kind.values({ initial: 0.1, steps: 10 }, { ...kind.defaults, noSuchOption: 1 }, [0]);
        } catch {
          return;
        }
        throw new ScheduleContractError(`${kind.name} takes the option noSuchOption`);
      },
    },
    ...[{}, ...settings].flatMap((options) =>
      HORIZONS.flatMap((steps) =>
        INITIAL.map((initial) => ({
          name: `keeps its contract from ${initial} over ${steps} steps with ${JSON.stringify(options)}`,
          run: () => checkScheduleKind(kind, options, { initial, steps }),
        })),
      ),
    ),
  ];
}
