// The contract of a quantity: what is looked at before a training with one of somebody else.

import { stream } from "@eoss/rng";
import { watchingRandomUntil } from "@eoss/rng/internal";
import type { Problem } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import { measureAsked, readBatch } from "../measuring/measure.js";
import { QuantityContractError } from "../registry/define.js";
import type { BatchQuantity, Quantity, Reading } from "../registry/quantity.js";
import { formOf } from "../registry/reading.js";
import { MIN_BATCHES } from "../statistics/interval.js";

/** Samples of a loss over all of them, of which so many are looked at. */
const SAMPLES = 64;

/**
 * Looks whether a quantity keeps its contract on a problem: over batches on the first ones, else on the first
 * samples, each twice:
 *
 * - what it gives is a reading, with the same numbers for each batch;
 * - it is a function of the loss and its context: the same again, without random numbers beside its stream;
 * - it leaves parameters, and vectors that its view gives, as they are, and no tensors behind.
 *
 * @param alive counts what has to be released, e.g. the tensors of a backend
 * @throws QuantityContractError naming the first rule that is broken, and what the quantity throws
 */
export async function checkQuantity<V>(
  problem: Problem<V>,
  quantity: Quantity,
  alive: () => number = () => 0,
): Promise<void> {
  const must = (holds: boolean, broken: string): void => {
    if (holds) return;
    throw new QuantityContractError(
      `the quantity ${quantity.name} breaks the contract of quantities: ${broken}`,
    );
  };
  const few = fewSamples(problem, quantity);
  const before = await read(few, [probeOf(quantity)]);
  const { value: first, draws } = await watchingRandomUntil(() =>
    read(few, [quantity, probeOf(quantity)]),
  );
  must(
    draws === 0,
    "it draws random numbers beside its stream: `stream` of its context has some for it",
  );
  must(
    text(first[1]) === text(before[0]),
    "it changes the parameters or a vector that its view gave: copy what is to be changed, with `view.space.copy`",
  );
  const made = alive();
  const [again] = await read(few, [quantity]);
  const left = alive() - made;
  must(
    text(first[0]) === text(again),
    `it keeps a state (a counter, what it saw before): the same loss again gives ${again!.value}, not ` +
      `${first[0]!.value}. What goes from step to step is in \`memory\` of its context`,
  );
  must(left <= 0, `it leaves ${left} tensors behind: what it makes is disposed, as by \`tf.tidy\``);
  if (quantity.over !== "batches" || few.batchSize === few.samples) return;
  const [other] = await read(few, [quantity], 1);
  const forms = [first[0]!, other!].filter(({ status }) => status !== "not-finite").map(formOf);
  must(
    forms[0] === (forms[1] ?? forms[0]),
    `it gives other numbers for other batches, which have no mean: ${forms.join(", then ")}`,
  );
}

/** The problem with its first samples alone, where a quantity looks at all of them. */
function fewSamples<V>(problem: Problem<V>, { over }: Quantity): Problem<V> {
  if (over === "batches" || over === "step") return problem;
  const { samples, batchSize, heldOut } = problem;
  const few = Math.min(samples, Math.max(SAMPLES, 2 * batchSize));
  const changed: Partial<Problem<V>> = {
    samples: few,
    ...(heldOut && { heldOut: { samples: Math.min(SAMPLES, heldOut.samples) } }),
  };
  return new Proxy(problem, {
    get(whole, name) {
      const member = (name in changed ? changed : whole)[name as keyof Problem<V>];
      return typeof member === "function" ? member.bind(whole) : member;
    },
  });
}

/** What quantities say, without the time that it took; of those over batches, what they say of one. */
async function read<V>(
  problem: Problem<V>,
  quantities: readonly Quantity[],
  batch = 0,
): Promise<Reading[]> {
  const options = { tolerance: 0.1, maxBatches: MIN_BATCHES, stream: stream(1, "check-quantity") };
  const readings =
    quantities[0]!.over === "batches"
      ? await readBatch(problem, quantities as readonly BatchQuantity[], batch, options)
      : await measureAsked(problem, quantities, options);
  return readings.map(({ seconds: _, ...reading }) => reading);
}

/** What else is there of the same loss: loss, gradient and parameters. */
function probeOf({ over }: Quantity): Quantity {
  const about = { name: "the probe", description: "", unit: "loss", needs: [], cost: "" } as const;
  const probe = async (view: LossView): Promise<Reading> => {
    const { space } = view;
    const [gradient, theta] = [await view.gradient(), await view.parameters()];
    const products = [
      await space.dot(gradient, gradient),
      await space.dot(theta, theta),
      await space.dot(gradient, theta),
    ];
    return {
      ...{ value: await view.loss(), products: 0, status: "exact" },
      parts: { products: { value: products } },
    };
  };
  return over === "batches"
    ? { ...about, over, sample: probe }
    : { ...about, over, measure: probe };
}

const text = (reading: Reading | undefined): string =>
  JSON.stringify(reading, (_, value) => (typeof value === "number" ? String(value) : value));
