import { checkTypedOptions, list } from "@eoss/rng/internal";
import { loadOptimizer, OptimizerContractError } from "../optimizers/contract.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { Hyperparameters } from "../optimizers/options.js";
import { checkOptimizer } from "./checkOptimizer.js";

export interface ConformanceOptions {
  /** Further settings of the options to try, beside the defaults. */
  readonly options?: readonly Hyperparameters[];
}

/** One rule of the contract, as a test for any runner. */
export interface ConformanceTest {
  readonly name: string;
  /** @throws Error saying how the optimizer breaks the rule */
  run(): void | Promise<void>;
}

/** What every optimizer can do besides its own options, and learning rates far apart. */
const COMMON: readonly Hyperparameters[] = [
  {},
  { weightDecay: 0.1, decay: "coupled" },
  { weightDecay: 0.1, decay: "decoupled" },
  { clip: 0.5 },
];
const RATES = [0.001, 0.1, 0.5];

/**
 * The contract of an optimizer as tests, on the backend that is set.
 *
 * @example
 * for (const { name, run } of conformance(myOptimizer, { options: [{ share: 0.9 }] })) {
 *   test(name, run); // vitest, node:test, mocha, ...
 * }
 */
export function conformance(
  optimizer: Optimizer,
  given: ConformanceOptions = {},
): ConformanceTest[] {
  checkTypedOptions("conformance", given, { options: list("of options of the optimizer") });
  const { options = [] } = given;
  const settings = [...COMMON, ...options];
  return [
    {
      name: "is an optimizer with a name of its own and a description",
      async run() {
        await loadOptimizer("given#default", {
          importModule: async () => ({ default: optimizer }),
        });
        if (optimizer.description === "")
          throw new OptimizerContractError("the description is empty");
      },
    },
    {
      name: "refuses options that it does not have, and values that do not fit",
      run() {
        refuses(optimizer, { noSuchOption: 1 });
        for (const [name, value] of Object.entries(optimizer.defaults)) {
          refuses(optimizer, { [name]: typeof value === "object" ? [] : Number.NaN });
        }
      },
    },
    ...settings.flatMap((one) =>
      RATES.map((learningRate) => ({
        name: `keeps its contract with η = ${learningRate} and ${JSON.stringify(one)}`,
        run: () => checkOptimizer(optimizer, { ...one, learningRate }),
      })),
    ),
  ];
}

function refuses({ name, threshold }: Optimizer, options: Hyperparameters): void {
  try {
    threshold({ ...options, learningRate: 0.1 });
  } catch {
    return;
  }
  throw new OptimizerContractError(`${name} takes the options ${JSON.stringify(options)}`);
}
