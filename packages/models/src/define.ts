import type { RandomStream } from "@eoss/rng";
import { checkOptions, optionNames } from "@eoss/rng/internal";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { z } from "zod";
import { type InitializationName, type InitOptions, initialize } from "./init.js";

/** Named parameter tensors in a fixed order. */
export type Params = Record<string, Tensor>;

/** One parameter tensor of a network. */
export interface ParameterSpec {
  /** Unique within the network, e.g. `dense1.kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** A gain (of a normalisation) starts at one; kernels and biases as the initialisation says. */
  readonly role: "kernel" | "bias" | "gain";
  /** Number of inputs to one output; a bias has that of its kernel. */
  readonly fanIn: number;
  /** Number of outputs that one input goes to; needed by some initialisations. */
  readonly fanOut?: number;
  /** Declares that outputs do not depend on it: without that, `checkModel` takes it for a mistake. */
  readonly unused?: boolean;
}

/** What a network is built for. */
export interface Task {
  /** Shape of one input, e.g. [32, 32, 3]; images are height, width, channels. */
  readonly inputShape: readonly number[];
  readonly classes: number;
}

/** The pure part of a network: what a model author writes. */
export interface Architecture {
  readonly parameters: readonly ParameterSpec[];
  /**
   * Outputs of a sample depend on the other samples of its batch, as with batch norm. The loss of a
   * batch is then no mean over independent samples: curvature is that of the batch with its own
   * statistics, and chunks of a batch do not add up to it.
   */
  readonly coupled?: boolean;
  /** The initialisation that belongs to the architecture; default "kaiming-normal". */
  readonly initialization?: InitializationName;
  /**
   * f(θ; x), without state and without randomness, written with tfjs ops that `@eoss/hvp` knows.
   *
   * @param x inputs, [b, ...inputShape]
   * @returns outputs, [b, classes], or [b, time, classes] for a sequence of predictions
   */
  apply(params: Params, x: Tensor): Tensor;
}

export interface ModelDefinition<Options> {
  /** The name for `--model`. */
  readonly name: string;
  /** One line for the help text. */
  readonly description: string;
  /** Options with defaults, limits and descriptions. */
  readonly options: z.ZodType<Options>;
  build(task: Task, options: Options): Architecture;
}

/** A network: an architecture for a task, able to draw its initial parameters. */
export interface Model extends Architecture {
  readonly name: string;
  /** d, the number of parameters. */
  readonly parameterCount: number;
  /** Draws initial parameters; the caller disposes them. */
  init(stream: RandomStream, options?: InitOptions): Params;
}

/** A kind of network that can be built for any task; what a model package exports. */
export interface ModelKind<Options = unknown> extends Omit<ModelDefinition<Options>, "build"> {
  /**
   * @throws ZodError naming the option that is wrong; RangeError for one that the network does not have,
   *   or a task that is none
   */
  build(task: Task, options?: unknown): Model;
}

/**
 * Makes a kind of network from its definition, and checks the definition's promises on the way.
 *
 * @throws TypeError if two parameters share a name or a shape is empty; RangeError for a part that a
 *   definition does not have
 */
export function defineModel<Options>(definition: ModelDefinition<Options>): ModelKind<Options> {
  checkOptions("defineModel", definition, ["name", "description", "options", "build"]);
  const { name } = definition;
  return {
    ...definition,
    build(task, options = {}) {
      checkTask(name, task);
      checkOptions(name, options, optionNames(definition.options) ?? Object.keys(options ?? {}));
      const architecture = definition.build(task, definition.options.parse(options));
      checkParameters(name, architecture.parameters);
      return {
        ...architecture,
        name,
        parameterCount: architecture.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
        init: (stream, { scheme = architecture.initialization, ...options } = {}) =>
          initialize(architecture.parameters, stream, { scheme, ...options }),
      };
    },
  };
}

function checkTask(model: string, { inputShape, classes }: Task): void {
  const counts = (numbers: readonly number[]) =>
    numbers.every((n) => Number.isSafeInteger(n) && n >= 1);
  if (!(Array.isArray(inputShape) && counts(inputShape))) {
    throw new RangeError(
      `inputShape of the task of ${model} is ${JSON.stringify(inputShape) ?? "missing"}; allowed: a list ` +
        "of integers from 1 on, e.g. [8, 8, 1]",
    );
  }
  if (!counts([classes])) {
    throw new RangeError(
      `classes of the task of ${model} is ${JSON.stringify(classes) ?? "missing"}; allowed: an integer from 1 on`,
    );
  }
}

function checkParameters(model: string, parameters: readonly ParameterSpec[]): void {
  const seen = new Set<string>();
  for (const { name, shape } of parameters) {
    if (seen.has(name)) throw new TypeError(`model ${model}: two parameters are named ${name}`);
    seen.add(name);
    if (!(sizeOf(shape) >= 1)) throw new TypeError(`model ${model}: ${name} has shape [${shape}]`);
  }
  if (seen.size === 0) throw new TypeError(`model ${model} has no parameters`);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
