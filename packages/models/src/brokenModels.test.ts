// What a network of somebody else may do wrong, and what is said of it.

import { architecture, defineModel, linear, loadModel, type ModelKind, mlp } from "@eoss/models";
import { checkModel } from "@eoss/models/testing";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import "../test/backend.js";

const task = { inputShape: [4], classes: 3 };
const kernel = { name: "kernel", shape: [4, 3], role: "kernel", fanIn: 4 } as const;
const apply = (params: Record<string, tf.Tensor>, x: tf.Tensor) => tf.matMul(x, params.kernel!);
const about = { name: "theirs", description: "somebody else's", options: z.object({}) };

/** A definition whose `build` gives this. */
const giving = (parts: unknown): ModelKind =>
  defineModel({ ...about, build: () => parts as { parameters: []; apply: typeof apply } });

describe("an architecture", () => {
  it.each<[string, unknown, string]>([
    ["nothing", undefined, "must give { parameters, apply }, not undefined"],
    ["a promise", Promise.resolve({}), "must give { parameters, apply }, not a promise"],
    ["a function", apply, "must give { parameters, apply }, not a function"],
    [
      "a misspelt part",
      { parameters: [kernel], aply: apply },
      "has no option aply; it has: parameters",
    ],
    ["no apply", { parameters: [kernel] }, "must give a function as `apply`, not undefined"],
    ["no parameters", { apply }, "its `parameters` as a list { name, shape, role, fanIn }"],
    ["parameters by name", { apply, parameters: { kernel } }, "its `parameters` as a list"],
    ["an empty list", { apply, parameters: [] }, "it has no parameters"],
    ["a name twice", { apply, parameters: [kernel, kernel] }, "two parameters are named kernel"],
    ["a bare shape", { apply, parameters: [[4, 3]] }, "each parameter a `name`, not undefined"],
    [
      "an empty tensor",
      { apply, parameters: [{ ...kernel, shape: [4, 0] }] },
      "kernel has shape [4,0]",
    ],
    [
      "a shape without classes",
      { apply, parameters: [{ ...kernel, shape: [4, undefined] }] },
      "[4,null]",
    ],
    [
      "an unknown role",
      { apply, parameters: [{ ...kernel, role: "weight" }] },
      'role of the parameter kernel of the network theirs is "weight"; allowed: "kernel", "bias", "gain"',
    ],
    [
      "no fanIn",
      { apply, parameters: [{ ...kernel, fanIn: undefined }] },
      "the parameter kernel a `fanIn`, a number from 1 on, not undefined",
    ],
    [
      "a misspelt fanIn",
      { apply, parameters: [{ ...kernel, fanin: 3 }] },
      "has no option fanin; it has: name, shape, role, fanIn",
    ],
    [
      "coupling in words",
      { apply, parameters: [kernel], coupled: "no" },
      '`coupled` as true or false, not "no"',
    ],
    [
      "an unknown initialisation",
      { apply, parameters: [kernel], initialization: "he" },
      'initialization of what `build` of the network theirs gives is "he"; allowed: "kaiming-normal"',
    ],
  ])("with %s is refused", (_, parts, message) => {
    const build = () => giving(parts).build(task);
    expect(build).toThrow(expect.objectContaining({ name: "ModelContractError" }));
    expect(build).toThrow(message);
    expect(build).toThrow("theirs");
  });

  it("may be that of a built network with changes", () => {
    const right = linear.build(task);
    expect(giving({ ...right, coupled: true }).build(task)).toMatchObject({
      name: "theirs",
      coupled: true,
    });
  });
});

describe("what checkModel finds beside it", () => {
  const random = (parts: object) => ({
    ...giving({ parameters: [kernel], apply }).build(task),
    ...parts,
  });
  it.each<[string, object, string]>([
    [
      "parameters of other names",
      { init: () => ({ kernal: tf.ones([4, 3]) }) },
      "`init` gives other parameters than are declared: kernal [4,3] float32, not kernel [4,3] float32",
    ],
    [
      "another number of parameters",
      { parameterCount: 13 },
      "`parameterCount` is 13, and the declared parameters have 12 entries",
    ],
    [
      "parameters at random",
      {
        init: () => ({ kernel: tf.randomNormal([4, 3]) }),
      },
      "`init` gives other parameters for the same stream",
    ],
    ["no init", { init: undefined }, "`init` is no function"],
    [
      "a variable at each call",
      {
        apply: (p: Record<string, tf.Tensor>, x: tf.Tensor) => apply(p, tf.variable(x)),
      },
      "apply leaves tensors behind",
    ],
    [
      "another parameter in its record",
      {
        apply: (p: Record<string, tf.Tensor>, x: tf.Tensor) => {
          p.kernel = tf.keep(tf.add(p.kernel!, 1));
          return apply(p, x);
        },
      },
      "apply changes the parameter kernel",
    ],
  ])("%s", (_, parts, message) => {
    tf.engine().startScope();
    const model = random(parts) as ReturnType<typeof linear.build>;
    expect(() => checkModel(model, tf.ones([6, 4]))).toThrow(message);
    tf.engine().endScope();
    tf.disposeVariables();
  });
});

it("a network of a built-in name is refused where it is loaded", async () => {
  const module = { default: { ...linear, name: "mlp" } };
  const loading = loadModel("./mine.js", { importModule: async () => module });
  await expect(loading).rejects.toThrow('./mine.js is named "mlp", as a built-in network is');
});

describe("by its types", () => {
  const cubic = defineModel({
    name: "cubic",
    description: "one dense layer, to a power",
    options: z.object({ power: z.int().default(3).describe("the power") }),
    build: ({ classes }, { power }) =>
      architecture({
        parameters: [{ ...kernel, shape: [4, classes] }],
        apply: (params, x) => tf.pow(tf.matMul(x, params.kernel), power),
      }),
  });

  it("a network knows the names of its parameters, and its options", () => {
    const params = cubic.build(task, { power: 2 }).init(stream(1, "init"));
    expect(params.kernel.shape).toEqual([4, 3]);
    // @ts-expect-error it is called kernel
    expect(params.kernal).toBeUndefined();
    // @ts-expect-error it is called power
    expect(() => cubic.build(task, { powr: 3 })).toThrow("did you mean power?");
    // @ts-expect-error it is called width
    expect(() => mlp.build(task, { widths: [3] })).toThrow("mlp has no option widths");
    tf.dispose(params);
    architecture({
      parameters: [kernel],
      // @ts-expect-error inside of `apply` too
      apply: (params, x) => tf.matMul(x, params.kernal),
    });
    // @ts-expect-error an architecture has no `apply` of another name
    architecture({ parameters: [kernel], aply: apply });
  });

  it("one whose parameters are known at run time alone has them by any name", () => {
    const names = ["a", "b"].slice(0, task.classes);
    const sum = defineModel({
      ...about,
      build: () =>
        architecture({
          parameters: names.map((name) => ({ ...kernel, name })),
          apply: (params, x) => tf.matMul(x, tf.add(params.a!, params.b!)),
        }),
    });
    expect(sum.build(task).parameterCount).toBe(24);
  });
});

it.each<[string, () => unknown, string]>([
  [
    "no task",
    () => linear.build(undefined as never),
    "the task of linear is undefined; allowed: { inputShape, classes }",
  ],
  ["the number of classes alone", () => linear.build(10 as never), "the task of linear is 10"],
  [
    "a seed for init",
    () => linear.build(task).init(7 as never),
    "takes a random stream, not 7: stream(7,",
  ],
  [
    "the name of a scheme for its options",
    () => linear.build(task).init(stream(1, "a"), "he" as never),
    "he",
  ],
])("%s is refused", (_, call, message) => {
  expect(call).toThrow(message);
});
