import { type RunInputs, Trainer } from "@eoss/run";
import { quantities, tfjsProblem } from "@eoss/sharpness";
import { checkQuantity } from "@eoss/sharpness/testing";
import { memory } from "@tensorflow/tfjs-core";

/**
 * Looks whether somebody else's quantities keep their contract on the data of a run, at its initial parameters.
 *
 * @throws QuantityContractError naming the rule that is broken, and for an error in their code; PluginTimeError
 */
export async function checkQuantities(inputs: RunInputs): Promise<void> {
  const own = inputs.quantities.filter(({ name }) => !Object.hasOwn(quantities, name));
  if (own.length === 0) return;
  const trainer = new Trainer(inputs);
  try {
    const problem = tfjsProblem(trainer.problem());
    for (const quantity of own) await checkQuantity(problem, quantity, () => memory().numTensors);
  } finally {
    trainer.dispose();
  }
}
