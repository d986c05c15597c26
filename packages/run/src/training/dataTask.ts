import { type Dataset, outputsOf, type TaskKind, taskOf } from "@eoss/data";
import type { LossKind } from "@eoss/hvp";
import type { Task } from "@eoss/models";
import { ConfigError } from "../settings/configError.js";

/** What a network is built for to learn a data set: one output for each class, or for each number. */
export function networkTask(dataset: Dataset): Task {
  return { inputShape: dataset.inputShape, classes: outputsOf(dataset) };
}

/** Quantities that compare the largest output with the largest target. */
const OF_CLASSES: readonly string[] = ["accuracy", "test-accuracy"];

const TARGETS: Readonly<Record<TaskKind, string>> = {
  classification: "classes",
  sequence: "classes at each position",
  binary: "the targets −1 and +1",
  regression: "numbers for targets",
};

/**
 * Refuses a loss or a quantity that has no meaning for the targets of a data set, where it would give
 * a number all the same.
 *
 * @param measured names of quantities
 * @throws ConfigError saying what to take instead
 */
export function checkTargets(dataset: Dataset, loss: LossKind, measured: readonly string[]): void {
  const kind = taskOf(dataset);
  // Probabilities have no sign, and no number beside 0 to 1; classes may be told by their sign.
  const meant = { probabilities: false, classes: kind === "binary", numbers: true }[loss.targets];
  if (dataset.targets && !meant) {
    throw new ConfigError(
      `loss ${loss.name} is for classes, but ${dataset.name} has ${TARGETS[kind]} (${kind}); use loss mse` +
        (kind === "binary" ? ', or data-options "task: classification" for two outputs' : ""),
    );
  }
  const wrong = dataset.classes < 2 && measured.find((name) => OF_CLASSES.includes(name));
  if (wrong) {
    const what = dataset.targets ? `${TARGETS[kind]} (${kind})` : "one class";
    throw new ConfigError(
      `${wrong} is for two classes or more, but ${dataset.name} has ${what}; measure loss or test-loss`,
    );
  }
}
