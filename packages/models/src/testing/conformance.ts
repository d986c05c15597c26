import { disposeTree, flatten, formatReport, mse, unflatten, verify } from "@eoss/hvp";
import { type RandomStream, stream } from "@eoss/rng";
import { callback, checkTypedOptions, needed, record } from "@eoss/rng/internal";
import * as tf from "@tensorflow/tfjs-core";
import type { Model, ModelKind, Params, Task } from "../define.js";
import { describeOptions } from "../options.js";
import { models } from "../registry.js";
import {
  COUPLED,
  checkBuild,
  checkInfluence,
  checkPurity,
  couples,
  equal,
  generic,
  outputsOf,
} from "./checkModel.js";

export interface ConformanceOptions {
  /** What the network is built for; choose it small, derivatives are compared with differences. */
  readonly task: Task;
  /** Options of the network; choose it small too. */
  readonly options?: unknown;
  /** Inputs of `batch` samples; default: standard normal. For tokens, e.g. whole numbers. */
  readonly inputs?: (stream: RandomStream, batch: number) => tf.Tensor;
}

/** One rule of the contract, as a test for any runner. */
export interface ConformanceTest {
  readonly name: string;
  /** @throws Error saying how the network breaks the rule */
  run(): void;
}

/** Samples of the batches that are tried. */
const BATCH = 5;
/** A coupling may begin in batches of some size. */
const LARGE_BATCH = 130;
const BUILT = "is built without tensors and without random numbers";
const PURE = "is a pure function: the same outputs again, parameters and inputs unchanged";
/** Rules that can be judged of a pure function alone. */
const AFTER_PURITY = /^(computes each|uses each|has right|parameters survive)/;

/**
 * The contract of a network as tests, on the backend that is set.
 *
 * @example
 * for (const { name, run } of conformance(myModel, { task: { inputShape: [4], classes: 3 } })) {
 *   test(name, run); // vitest, node:test, mocha, ...
 * }
 */
export function conformance<Options>(
  kind: ModelKind<Options>,
  given: ConformanceOptions,
): ConformanceTest[] {
  checkTypedOptions("conformance", given, {
    ...{ task: needed(record("{ inputShape, classes }")), inputs: callback },
    options: record("of options of the network"),
  });
  const { task, options, inputs = normalInputs(task) } = given;
  const build = () => kind.build(task, options);
  const random = stream(1, "conformance");
  const withParams = (use: (model: Model, params: Params) => void) => {
    const model = build();
    const params = generic(model, random.fork(0), 0.1);
    try {
      use(model, params);
    } finally {
      disposeTree(params);
    }
  };
  const withBatch = (use: (model: Model, params: Params, x: tf.Tensor) => void) =>
    withParams((model, params) => {
      const x = inputs(random.fork(1), BATCH);
      try {
        use(model, params, x);
      } finally {
        x.dispose();
      }
    });

  const rules: Record<string, () => void> = {
    "has a name and a description, and describes its options"() {
      must(/^[a-z0-9][a-z0-9@/_.-]*$/.test(kind.name), `the name "${kind.name}" is not lower case`);
      must(kind.description !== "", "the description is empty");
      const known = Object.hasOwn(models, kind.name) ? models[kind.name] : kind;
      must(known === kind, `the name "${kind.name}" is that of a built-in network`);
      for (const { name, description, required } of describeOptions(kind as ModelKind)) {
        must(description !== "", `option ${name} has no description: use .describe("...")`);
        must(!required, `option ${name} has no default: use .default(...), or .optional()`);
      }
    },

    [BUILT]() {
      checkBuild(kind.name, build);
    },

    "initial parameters have the declared names, order and shapes, and are finite"() {
      const model = build();
      const params = model.init(random.fork(0));
      const found = Object.entries(params).map(([name, p]) => `${name} [${p.shape}] ${p.dtype}`);
      const declared = model.parameters.map(({ name, shape }) => `${name} [${shape}] float32`);
      must(found.join() === declared.join(), `declared ${declared}, drawn ${found}`);
      for (const [name, p] of Object.entries(params)) {
        must(p.dataSync().every(Number.isFinite), `${name} is not finite`);
      }
      disposeTree(params);
    },

    "the same seed draws the same parameters, another seed others"() {
      const model = build();
      const draw = (seed: number) => {
        const params = model.init(stream(seed, "init"));
        const values = flatten(params, new Float32Array(model.parameterCount));
        disposeTree(params);
        return values;
      };
      const [first, again, other] = [draw(1), draw(1), draw(2)];
      must(equal(first, again), "the same seed drew different parameters");
      must(!equal(first, other), "another seed drew the same parameters");
    },

    "parameters survive being flattened and put back"() {
      withBatch((model, params, x) => {
        const flat = flatten(params, new Float32Array(model.parameterCount));
        const back = unflatten<Params>(flat, params);
        const same = equal(outputsOf(model, params, x), outputsOf(model, back, x));
        disposeTree(back);
        must(same, "outputs differ after flatten and unflatten");
      });
    },

    "outputs are [batch, classes] or [batch, time, classes], finite float32"() {
      withParams((model, params) => {
        for (const batch of [1, 3]) {
          const x = inputs(random.fork(2), batch);
          const y = tf.tidy(() => model.apply(params, x));
          const { shape, dtype } = y;
          const finite = y.dataSync().every(Number.isFinite);
          tf.dispose([x, y]);
          const wellShaped =
            shape[0] === batch &&
            shape.at(-1) === task.classes &&
            (shape.length === 2 || shape.length === 3);
          must(wellShaped, `outputs of ${batch} samples have shape [${shape}]`);
          must(dtype === "float32", `outputs are ${dtype}`);
          must(finite, "outputs are not finite");
        }
      });
    },

    [PURE]() {
      withBatch(checkPurity);
      if (!keeps(rules[BUILT]!)) return;
      const model = build();
      withBatch((_, params, x) => {
        const same = equal(outputsOf(model, params, x), outputsOf(build(), params, x));
        must(
          same,
          "another instance gave other outputs: `build` draws or keeps numbers of its own",
        );
      });
    },

    "leaks no tensor"() {
      const model = build();
      const before = tf.memory().numTensors;
      const params = model.init(random.fork(0));
      const x = inputs(random.fork(1), BATCH);
      tf.tidy(() => model.apply(params, x)).dispose();
      disposeTree(params);
      x.dispose();
      const left = tf.memory().numTensors - before;
      must(left === 0, `${left} tensors are left over`);
    },

    "computes each sample by itself, or declares `coupled: true`"() {
      withParams((model, params) => {
        const x = inputs(random.fork(1), LARGE_BATCH);
        const coupled = couples(model, params, x);
        x.dispose();
        must(!coupled || model.coupled === true, COUPLED);
        must(
          coupled || !model.coupled,
          "`coupled: true` is declared, but each sample is computed by itself",
        );
      });
    },

    "uses each parameter, or declares it `unused`"() {
      withBatch((model, params, x) => checkInfluence(model, params, x, random));
    },

    "has right gradients, Hessian and Gauss–Newton products"() {
      withBatch((model, params, x) => {
        const outputs = (p: Params) => model.apply(p, x);
        const y = tf.tidy(() => tf.zerosLike(outputs(params)));
        const head = (f: tf.Tensor) => mse(f, y);
        const composition = { outputs, loss: head };
        const report = verify((p: Params) => head(outputs(p)), params, { composition });
        y.dispose();
        const remedy = "derivatives cannot be judged in single precision: choose a smaller network";
        must(report.verdict !== "undecided", `${remedy}\n${formatReport(report)}`);
        must(report.verdict === "agrees", `derivatives disagree\n${formatReport(report)}`);
      });
    },
  };
  // What is not the same again breaks other rules too: it is said once, and for what it is.
  const pure = () => keeps(rules[PURE]!);
  return Object.entries(rules).map(([name, run]) => ({
    name,
    run: AFTER_PURITY.test(name) ? () => (pure() ? run() : undefined) : run,
  }));
}

const normalInputs =
  ({ inputShape }: Task): NonNullable<ConformanceOptions["inputs"]> =>
  (random, batch) => {
    const size = inputShape.reduce((product, n) => product * n, batch);
    return tf.tensor(random.normals(size), [batch, ...inputShape]);
  };

function keeps(rule: () => void): boolean {
  try {
    rule();
    return true;
  } catch {
    return false;
  }
}

function must(holds: boolean, broken: string): void {
  if (!holds) throw new Error(broken);
}
