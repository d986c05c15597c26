import type { RandomStream } from "@eoss/rng";
import {
  callback,
  checkOptions,
  checkTypedOptions,
  needed,
  optionNames,
  SCHEMA_PARTS,
  shown,
} from "@eoss/rng/internal";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { z } from "zod";
import { checkArchitecture, sizeOf } from "./architectureRules.js";
import { type InitializationName, type InitOptions, initialize } from "./init.js";

/** Named parameter tensors in a fixed order. @typeParam Name their names, where they are known */
export type Params<Name extends string = string> = Record<Name, Tensor>;

/** One parameter tensor of a network. */
export interface ParameterSpec<Name extends string = string> {
  /** Unique within the network, e.g. `dense1.kernel`. */
  readonly name: Name;
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
export interface Architecture<Name extends string = string> {
  readonly parameters: readonly ParameterSpec<Name>[];
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
  apply(params: Params<Name>, x: Tensor): Tensor;
}

/** @typeParam Input the options as a caller may give them, those with a default left out */
export interface ModelDefinition<Options, Input = unknown, Name extends string = string> {
  /** The name for `--model`. */
  readonly name: string;
  /** One line for the help text. */
  readonly description: string;
  /** Options with defaults, limits and descriptions. */
  readonly options: z.ZodType<Options, Input>;
  build(task: Task, options: Options): Architecture<Name>;
}

/**
 * The pure part of a network, as it is given: written so, `apply` knows the names of its parameters, and
 * `params.kernal` does not compile where `kernel` was declared.
 *
 * @example
 * architecture({
 *   parameters: [{ name: "kernel", shape: [4, 3], role: "kernel", fanIn: 4 }],
 *   apply: (params, x) => matMul(x, params.kernel),
 * });
 */
export function architecture<const Name extends string>(
  parts: Architecture<Name>,
): Architecture<Name> {
  return parts;
}

/** A network: an architecture for a task, able to draw its initial parameters. */
export interface Model<Name extends string = string> extends Architecture<Name> {
  readonly name: string;
  /** d, the number of parameters. */
  readonly parameterCount: number;
  /** Draws initial parameters; the caller disposes them. */
  init(stream: RandomStream, options?: InitOptions): Params<Name>;
}

/** A value that is looked at alone: lists may be readonly. */
type Given<T> = unknown extends T ? T : { readonly [K in keyof T]: Given<T[K]> };

/** A kind of network that can be built for any task; what a model package exports. */
export interface ModelKind<Options = unknown, Input = unknown, Name extends string = string>
  extends Omit<ModelDefinition<Options, Input>, "build"> {
  /**
   * @throws ZodError naming the option that is wrong; RangeError for one that the network does not have,
   *   or a task that is none; ModelContractError for an architecture that is none
   */
  build(task: Task, options?: Given<Input>): Model<Name>;
}

/**
 * Makes a kind of network from its definition, and checks the definition's promises on the way.
 *
 * @throws RangeError for a part that a definition does not have, that is missing, or that is of another kind
 */
export function defineModel<Options, Input, const Name extends string = string>(
  definition: ModelDefinition<Options, Input, Name>,
): ModelKind<Options, Input, Name> {
  checkTypedOptions("defineModel", definition, { ...SCHEMA_PARTS, build: needed(callback) });
  const { name } = definition;
  return {
    ...definition,
    build(task, options) {
      const given = options ?? {};
      checkTask(name, task);
      checkOptions(name, given, optionNames(definition.options) ?? Object.keys(given));
      const parts = definition.build(task, definition.options.parse(given));
      checkArchitecture(name, parts);
      const { parameters } = parts;
      return {
        ...parts,
        name,
        parameterCount: parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
        init: (stream, { scheme = parts.initialization, ...options } = {}) =>
          initialize(parameters, stream, { scheme, ...options }) as Params<Name>,
      };
    },
  };
}

function checkTask(model: string, task: Task): void {
  if (typeof task !== "object" || task === null) {
    throw new RangeError(
      `the task of ${model} is ${shown(task)}; allowed: { inputShape, classes }, as a data set has them`,
    );
  }
  const { inputShape, classes } = task;
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
