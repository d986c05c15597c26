// Every public function that takes options refuses one that it does not know. Which functions these are is
// read from the API reports: one that is new and not tried here fails.

import { readFileSync } from "node:fs";
import { openArchive, readArchive } from "@eoss/data/formats";
import * as data from "@eoss/data/node";
import { conformance as dataConformance } from "@eoss/data/testing";
import * as eigen from "@eoss/eigen";
import * as exchange from "@eoss/exchange";
import * as experiments from "@eoss/experiments";
import * as hvp from "@eoss/hvp";
import { checkLoss, checkRule, differentiate, sample } from "@eoss/hvp/testing";
import * as lab from "@eoss/lab";
import { defineModel, initialize, linear, loadModel, mlp } from "@eoss/models";
import { conformance } from "@eoss/models/testing";
import {
  covarianceFactor,
  defineNoise,
  directional,
  directionalWeights,
  loadNoise,
} from "@eoss/noise";
import { checkNoise } from "@eoss/noise/testing";
import { comparisonFigureSvg, renderReport } from "@eoss/report";
import { stream } from "@eoss/rng";
import { checkOptions } from "@eoss/rng/internal";
import * as run from "@eoss/run";
import * as sgd from "@eoss/sgd";
import {
  checkOptimizer,
  checkSampler,
  checkScheduleKind,
  conformance as sgdConformance,
} from "@eoss/sgd/testing";
import * as sharpness from "@eoss/sharpness";
import { bilinearExample, referenceProblem } from "@eoss/sharpness/testing";
import * as tf from "@tensorflow/tfjs-core";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { useBackend } from "./backends.js";

await useBackend("cpu");

const PACKAGES = [
  ...["rng", "eigen", "data", "hvp", "models", "sgd", "noise", "sharpness"],
  ...["run", "report", "lab", "experiments", "exchange", "bridge"],
];

/** Not functions of ours that are called with options, though they look like it. */
const OTHERS: Readonly<Record<string, string>> = {
  "LayersModelLike.apply": "a function of tfjs-layers",
  "ThresholdRule.value": "a function that an optimizer has",
  "OptimizerDefinition.lookAhead": "a function that an optimizer has",
  "OptimizerDefinition.update": "a function that an optimizer has",
  "OptimizerDefinition.preconditioner": "a function that an optimizer has",
  tabulate: "what a schedule is made for: its own options are the schedule's",
  "Problem.view": "a function of an engine",
  engineContract: "an engine: its functions are what is tried",
  marginOfRatio: "measurements, of which it reads two members",
  describeOptions: "a kind of network",
  buildModel: "settings of a run, of which it reads some",
  modelFromSettings: "settings of a run, of which it reads some",
};

// A stranger beside options that are right: its refusal alone is what is looked for.
// biome-ignore lint/suspicious/noExplicitAny: what the types refuse is what is tried
const STRANGER: any = { colour: 3 };
let odd = STRANGER;
const theta = { w: tf.tensor1d([1, 2]) };
const square = (p: typeof theta) => tf.sum(tf.square(p.w));
const lossChunks = [{ loss: square, weight: 1, samples: 1 }];
const outputChunks = [
  { outputs: (p: typeof theta) => tf.reshape(p.w, [1, 2]), targets: tf.zeros([1, 2]), weight: 1 },
];
const random = stream(0, "options");
const task = { inputShape: [2], classes: 1 };
const problem = {
  params: theta,
  samples: 2,
  head: hvp.mse,
  outputsOf: () => (p: typeof theta) => tf.reshape(p.w, [2, 1]),
  targetsOf: () => tf.zeros([2, 1]),
};
const step = { learningRate: 0.1, ...odd };
const plan = { learningRate: 0.1, batchSize: 1, ...odd };
const state = () => sgd.sgd.init({ w: tf.tensor1d([1, 2]) });
const settings = { step: 0, stream: random, batchSize: 1, learningRate: 0.1, ...odd };
const rule = { kernelName: "Odd", gradient: () => ({}), ...odd };
const update = {
  ...{ name: "odd", defaults: {}, slots: [], threshold: { none: "it is a test" } },
  update: ({ theta }: { theta: tf.Tensor }) => ({ theta }),
};
const pairs = () => ({
  ...{ inputShape: [1], task: { kind: "regression" as const, outputs: 1 }, source: "made here" },
  train: { inputs: Float32Array.of(0, 1), targets: Float32Array.of(0, 1) },
});
const dataSet = {
  ...{ name: "odd", description: "Two pairs.", options: z.strictObject({}) },
  load: () => pairs() as never,
};
const archive = { most: 1, isWanted: () => true, inflate: () => new Uint8Array(0), ...odd };
const lossDefinition = {
  ...{ name: "odd", defaults: {} },
  loss: (outputs: tf.Tensor, targets: tf.Tensor) => tf.losses.meanSquaredError(targets, outputs),
};
const images = data.digits({ samples: 8 });
const loss = hvp.defineLoss(lossDefinition);
const samplerDefinition = { name: "odd", defaults: {}, make: () => () => [0] };
const scheduleDefinition = { name: "odd", defaults: {}, at: () => 0.1 };
const schedule = sgd.defineSchedule(scheduleDefinition);
const context = { initial: 0.1, steps: 10 };
const sampler = sgd.defineSampler(samplerDefinition);

const engine = referenceProblem(bilinearExample(6), { batchSize: 2 });
const measuring = () => ({ tolerance: 0.1, maxBatches: 8, stream: random, ...odd });
const sweep = { directory: "", runs: [], memory: 0, varied: [], seeds: 1 };
const asked = () => ({ out: "no", scale: "digits" as const, command: "eoss", ...odd });
const eigenFunctions = eigen as unknown as Readonly<Record<string, (given: object) => unknown>>;
/** Settings without which others are not looked at. */
const NEEDED: Readonly<Record<string, object>> = {
  eigenvaluesAbove: { threshold: 1 },
  eigenvaluesNear: { sigma: 1 },
};
const matrix = eigen.denseOperator([[1]]);

// biome-ignore lint/suspicious/noExplicitAny: what the types refuse is what is tried
const calls: Readonly<Record<string, () => any>> = {
  alice: () => data.alice({ ...odd }),
  assemble: () => data.assemble("odd", pairs(), { ...odd }),
  augmented: () => data.augmented(images, { ...odd }, random, Int32Array.of(0)),
  bytePairs: () => data.bytePairs("odd", { vocabulary: 3, ...odd }),
  checkAugmentation: () => data.checkAugmentation(images, { ...odd }),
  cifar10: () => data.cifar10({ dataDir: ".", ...odd }),
  "conformance of data sets": () => dataConformance(dataSet, { ...odd }),
  defineDataset: () => data.defineDataset({ ...dataSet, ...odd }),
  digits: () => data.digits({ ...odd }),
  fetchCifar10: () => data.fetchCifar10({ dataDir: ".", ...odd }),
  fetchDataset: () => data.fetchDataset("mnist", { dataDir: ".", ...odd }),
  "fetchDataset of CIFAR-10": () => data.fetchDataset("cifar10", { dataDir: ".", ...odd }),
  loadDataset: () => data.loadDataset("digits", { ...odd }),
  openArchive: () => openArchive({ size: 0, read: () => new Uint8Array(0) }, archive),
  openDataset: () => data.openDataset(dataSet, { ...odd }),
  "openDataset with options of the set": () => data.openDataset(dataSet, { options: odd }),
  "OpenDataset.split": async () => (await data.openDataset(dataSet)).split({ ...odd }),
  readArchive: () => readArchive(new Uint8Array(0), archive),
  resolveDataset: () => data.resolveDataset("digits", { ...odd }),
  spirals: () => data.spirals({ ...odd }),
  twoPoint: () => data.twoPoint({ ...odd }),

  ...Object.fromEntries(
    [
      ...["arnoldi", "blockLanczos", "cg", "chebyshevSubspace", "diagonal", "eigenvaluesAbove"],
      ...["eigenvaluesNear", "generalizedLanczos", "generalizedLobpcg", "hermitianLanczos"],
      ...["lanczos", "lanczosWithCopies", "lobpcg", "lsqr", "minres", "nystrom", "oneNorm"],
      ...["powerIteration", "svds", "track", "conditionNumber", "hutchPlusPlus", "hutchinson"],
      ...["spectralDensity", "spectralNorm", "xtrace"],
    ].map((name) => [name, () => eigenFunctions[name]!({ ...NEEDED[name], ...odd })]),
  ),
  applyFunction: () => eigen.applyFunction(Math.exp, { ...odd }),
  csrFromEntries: () => eigen.csrFromEntries(1, [], { ...odd }),
  denseOperator: () => eigen.denseOperator([[1]], { ...odd }),
  inverse: () => eigen.inverse(matrix, { ...odd }),
  product: () => eigen.product([matrix], { ...odd }),
  scaled: () => eigen.scaled(matrix, 2, { ...odd }),
  shifted: () => eigen.shifted(matrix, 2, { ...odd }),
  sum: () => eigen.sum([matrix], { ...odd }),

  bernsteinBound: () => sharpness.bernsteinBound(engine, { samples: 2, ...measuring() }),
  defineQuantity: () => sharpness.defineQuantity({ ...sharpness.quantities.loss, ...odd }),
  measure: () => sharpness.measure(engine, [], measuring()),
  plateau: () => sharpness.plateau([], { ...odd }),
  plateauOnset: () => sharpness.plateauOnset([], { ...odd }),
  plateauReached: () => sharpness.plateauReached([], { ...odd }),
  referenceProblem: () => referenceProblem(bilinearExample(6), { batchSize: 2, ...odd }),
  resolveQuantity: () => sharpness.resolveQuantity("loss", { ...odd }),
  staticCurve: () => sharpness.staticCurve(engine, { batchSizes: [1], ...measuring() }),

  Course: () => new run.Course({} as never, { ...odd }),
  measureNow: () => run.measureNow({} as never, new Map(), async () => {}, { ...odd }),
  parseRecords: () => run.parseRecords("", "file", { records: 1, line: 1, ...odd }),
  planOf: () => run.planOf({ lr: 1, batch: 1, optimizer: "sgd" }, 1, { ...odd }),
  thresholdOf: () => run.thresholdOf({ learningRate: 1, batchSize: 1 }, 0, { ...odd }),

  comparisonFigureSvg: () => comparisonFigureSvg([], { ...odd }),
  renderReport: () => renderReport([], { ...odd }),

  compare: () => experiments.compare(new Map(), { out: "no", ...odd }),
  comparedRuns: () => experiments.comparedRuns({ base: {}, grid: {}, ...odd }),
  demo: () => experiments.demo("no", { ...odd }),
  estimateCost: () => experiments.estimateCost("no", asked()),
  makeSweep: () => experiments.makeSweep(sweep, { ...odd }),
  makeTask: () => experiments.makeTask("no", 1, 0, { ...odd }),
  planSubmission: () => experiments.planSubmission(sweep, [], 1, { program: ["eoss"], ...odd }),
  plannedWork: () => experiments.plannedWork("no", asked()),
  reproduce: () => experiments.reproduce("no", asked()),
  shardOf: () => experiments.shardOf([], { index: 1, of: 1, ...odd }),
  submitSweep: () => experiments.submitSweep(sweep, { program: ["eoss"], ...odd }),
  writeFigures: () => experiments.writeFigures(() => [], { out: "no", ...odd }),

  exportRuns: () => exchange.exportRuns([], { to: "csv", ...odd }),
  importResults: () => exchange.importResults([], { out: "no", ...odd }),
  importWeights: () => exchange.importWeights("no", {} as never, { out: "no", ...odd }),

  begin: () => lab.begin({} as never, { out: "no", source: "no", parametersFor: () => 0, ...odd }),
  fork: () => lab.fork("no-run", {}, { at: 0, out: "no", ...odd }),
  "fork, changes": () => lab.fork("no-run", { ...odd }, { at: 0, out: "" }),
  "fork, settings": () => lab.fork("no-run", { settings: { ...odd } }, { at: 0, out: "" }),
  measureAt: () => lab.measureAt("no-run", 0, {}, { ...odd }),
  "measureAt, changes": () => lab.measureAt("no-run", 0, { ...odd }),
  repair: () => lab.repair("no-run", { ...odd }),
  resume: () => lab.resume("no-run", {}, { ...odd }),
  "resume, changes": () => lab.resume("no-run", { ...odd }),
  staticAt: () => lab.staticAt("no-run", 0, {}, { ...odd }),
  "staticAt, changes": () => lab.staticAt("no-run", 0, { ...odd }),
  train: () => lab.train({} as never, { out: "no", ...odd }),
  trainAll: () => lab.trainAll([], { ...odd }),
  watchRun: () => lab.watchRun("no-run", { ...odd }).next(),

  checkLoss: () => checkLoss(loss, { ...odd }),
  checkRule: () => checkRule({ name: "x", f: ({ x }) => x!, inputs: { x: sample([1]) }, ...odd }),
  defineLoss: () => hvp.defineLoss({ ...lossDefinition, ...odd }),
  denseGradientMoments: () =>
    hvp.denseGradientMoments({ params: theta, chunks: lossChunks, ...odd }),
  differentiate: () => differentiate((t) => Float64Array.of(t), { ...odd }),
  fisher: () =>
    hvp.fisher({ params: theta, chunks: outputChunks, head: hvp.mse, kind: "true", ...odd }),
  gaussNewton: () =>
    hvp.gaussNewton({ params: theta, chunks: outputChunks, head: hvp.mse, ...odd }),
  gradientMoments: () => hvp.gradientMoments({ params: theta, chunks: lossChunks, ...odd }),
  hessian: () => hvp.hessian({ params: theta, chunks: lossChunks, ...odd }),
  "HessianOperator.gaussNewtonDual": () =>
    hvp.hessian({ params: theta, chunks: lossChunks }).gaussNewtonDual({ ...odd }),
  layersModel: () => hvp.layersModel({ trainableWeights: [], apply: () => 0 }, { ...odd }),
  loadLoss: () => hvp.loadLoss("mse", { ...odd }),
  "LossKind.head": () => loss.head({ ...odd }),
  "LossKind.head of a built-in loss": async () => (await hvp.loadLoss("mse")).head({ ...odd }),
  meanGradient: () => hvp.meanGradient({ params: theta, chunks: lossChunks, ...odd }),
  ntk: () => hvp.ntk({ params: theta, chunks: outputChunks, ...odd }),
  perSampleGradients: () => hvp.perSampleGradients({ params: theta, chunks: lossChunks, ...odd }),
  registerRule: () => hvp.registerRule(rule),
  sample: () => sample([1], { ...odd }),
  verify: () => hvp.verify(square, theta, { ...odd }),

  conformance: () => conformance(linear, { task, ...odd }),
  defineModel: () => defineModel({ ...linear, ...odd }),
  initialize: () => initialize([], random, { ...odd }),
  loadModel: () => loadModel("mlp", { ...odd }),
  "Model.init": () => linear.build(task).init(random, { ...odd }),
  "ModelKind.build": () => mlp.build(task, { ...odd }),

  checkNoise: () => checkNoise(directional, { ...odd }),
  covarianceFactor: () => covarianceFactor({ samples: 2, batchSize: 1, ...odd }),
  defineNoise: () => defineNoise({ ...{ name: "odd", defaults: {} }, ...odd } as never),
  directionalWeights: () => directionalWeights({ samples: 2, batchSize: 1, ...odd }, random, 0),
  loadNoise: () => loadNoise("directional", { ...odd }),
  "Noise.checkOptions": () => directional.checkOptions({ ...odd }),
  "Noise.gradient": () => directional.gradient(problem, settings),

  batchSizeAt: () => sgd.batchSizeAt({ kind: "constant", value: 1, ...odd }, 0),
  batchSizeSchedule: () => sgd.batchSizeSchedule(plan),
  changesOf: () => sgd.changesOf({ kind: "constant", value: 1, ...odd }),
  checkOptimizer: () => checkOptimizer(sgd.sgd, step),
  checkSampler: () => checkSampler(sampler, { ...odd }),
  "conformance of optimizers": () => sgdConformance(sgd.sgd, { ...odd }),
  defineOptimizer: () => sgd.defineOptimizer({ ...update, ...odd }),
  defineSampler: () => sgd.defineSampler({ ...samplerDefinition, ...odd }),
  learningRateSchedule: () => sgd.learningRateSchedule(plan),
  loadOptimizer: () => sgd.loadOptimizer("sgd", { ...odd }),
  loadSampler: () => sgd.loadSampler("independent", { ...odd }),
  "Optimizer.coupledDecay": () => sgd.sgd.coupledDecay(step),
  "Optimizer.lookAhead": () => sgd.nesterov.lookAhead({ w: tf.zeros([2]) }, state(), step),
  "Optimizer.lookAhead without one": () => sgd.sgd.lookAhead({ w: tf.zeros([2]) }, state(), step),
  "Optimizer.preconditioner": () => sgd.sgd.preconditioner(state(), step),
  "Optimizer.smallBatchThreshold": () => sgd.heavyBall.smallBatchThreshold(step),
  "Optimizer.step": () => sgd.sgd.step({ w: tf.zeros([2]) }, state(), step),
  "Optimizer.threshold": () => sgd.sgd.threshold(step),
  resolvePlateaus: () => sgd.resolvePlateaus(plan, []),
  "SamplerKind.factory": () => sampler.factory({ ...odd }),
  samplerByName: () => sgd.samplerByName({ name: "independent", ...odd }),
  scheduledBatches: () =>
    sgd.scheduledBatches({ kind: "constant", value: 1, ...odd }, 2, sgd.independentBatches, random),
  settingsAt: () => sgd.settingsAt(plan, 0),
  checkScheduleKind: () => checkScheduleKind(schedule, { ...odd }),
  defineSchedule: () => sgd.defineSchedule({ ...scheduleDefinition, ...odd }),
  loadSchedule: () => sgd.loadSchedule("./no.js", { ...odd }),
  "ScheduleKind.values": () => schedule.values(context, { ...odd }, [0]),
  shuffledEpochs: () => sgd.shuffledEpochs(2, 1, random, { ...odd }),
  valueAt: () => sgd.valueAt({ kind: "constant", value: 1, ...odd }, 0),
};

/** Types of what a caller writes down by hand, beside those whose names end in Options or Settings. */
const WRITTEN =
  /(\wOptions|Settings|Definition|Rule|Check|Choice|Plan|Schedule|Decomposition|BatchNoise|Augmentation|Plugins|Limits|Test|Shard)$/;

/** Functions and methods of an API report that take such an object. */
function takingOptions(report: string): string[] {
  const code = [...report.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block!);
  const found = new Set<string>();
  for (const block of code) {
    const [exported] = block.split("// Named above, not exported:");
    const source = ts.createSourceFile("api.ts", exported!, ts.ScriptTarget.Latest, true);
    for (const statement of source.statements) {
      if (ts.isFunctionDeclaration(statement) && takes(statement)) found.add(statement.name!.text);
      if (!ts.isInterfaceDeclaration(statement) && !ts.isClassDeclaration(statement)) continue;
      for (const member of statement.members) {
        if (ts.isConstructorDeclaration(member) && takes(member)) found.add(statement.name!.text);
        const isMethod = ts.isMethodSignature(member) || ts.isMethodDeclaration(member);
        if (!isMethod || !takes(member)) continue;
        found.add(`${statement.name!.text}.${member.name.getText()}`);
      }
    }
  }
  return [...found];
}

function takes({ parameters }: ts.SignatureDeclarationBase): boolean {
  return parameters.some(({ type }) => type !== undefined && mentions(type));
}

function mentions(type: ts.TypeNode): boolean {
  if (ts.isTypeLiteralNode(type)) return true;
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return type.types.some(mentions);
  if (!ts.isTypeReferenceNode(type)) return false;
  const [part] = type.typeArguments ?? [];
  const name = type.typeName.getText();
  return /^(Partial|Omit|Pick)$/.test(name) ? mentions(part!) : WRITTEN.test(name);
}

it("tries every function that takes options", () => {
  const found = PACKAGES.flatMap((name) =>
    takingOptions(readFileSync(new URL(`../../packages/${name}/api.md`, import.meta.url), "utf8")),
  );
  const wanted = [...new Set(found)].filter((name) => !(name in OTHERS));
  const untried = wanted.filter((name) => !(name in calls));
  expect(untried, "functions with options that are not tried").toEqual([]);
});

/** What a call says of options. */
async function refusal(name: string, options: object): Promise<string> {
  odd = options;
  try {
    await calls[name]!();
    return "nothing";
  } catch (error) {
    return (error as Error).message;
  } finally {
    odd = STRANGER;
  }
}

describe("refuses an option that it does not have", () => {
  it.each(Object.keys(calls))("%s", async (name) => {
    expect(await refusal(name, STRANGER)).toMatch(/has no option colour; it has: /);
  });
});

/** Functions whose options are of any kind of value: each is looked at by itself. */
const TYPED = [
  ...["measure", "plateau", "plateauOnset", "openDataset"],
  ...[
    "Course",
    "measureNow",
    "parseRecords",
    "planOf",
    "thresholdOf",
    "renderReport",
    "comparisonFigureSvg",
  ],
  ...[
    "begin",
    "fork",
    "measureAt",
    "repair",
    "resume",
    "staticAt",
    "train",
    "trainAll",
    "watchRun",
  ],
  ...["compare", "comparedRuns", "demo", "estimateCost", "makeSweep", "makeTask", "planSubmission"],
  ...["plannedWork", "reproduce", "shardOf", "submitSweep", "writeFigures"],
  ...["exportRuns", "importResults", "importWeights"],
  ...["verify", "sample", "layersModel", "differentiate", "fetchCifar10"],
  ...["referenceProblem", "HessianOperator.gaussNewtonDual"],
];

describe("refuses a value that is none of its option's", () => {
  it.each(TYPED)("%s", async (name) => {
    const [, names] = (await refusal(name, STRANGER)).match(/it has: (.*?)(;|$)/)!;
    // A stream is asked for in words of its own.
    for (const option of names!.split(", ").filter((one) => one !== "stream")) {
      for (const value of [Symbol("odd"), null]) {
        const said = await refusal(name, { [option]: value });
        expect(said).toMatch(new RegExp(`^${option} of .* is (Symbol|null).*; allowed: `));
      }
    }
  });
});

/** How JavaScript says that a value is none of what is asked for. */
const NATIVE =
  /is not a function|is not iterable|^Cannot |^The "path" argument|is not finite around|ENOTFOUND|ECONN/;

/** What messages call some options. */
const WORDS: Readonly<Record<string, string>> = {
  ...{ params: "parameters", batchSize: "batch size", scheme: "initialisation" },
};

/** Looked at in words of other functions, which these call, or not before the run is read. */
const ELSEWHERE = /^(openArchive|readArchive|registerRule|.*, (changes|settings)$)/;

describe("refuses null and NaN, which are values of no option", () => {
  it.each(Object.keys(calls).filter((name) => !ELSEWHERE.test(name)))("%s", async (name) => {
    const [, names] = (await refusal(name, STRANGER)).match(/it has: (.*?)(;|$)/)!;
    const taken: string[] = [];
    for (const option of names!.split(", ").filter((one) => one !== "no options")) {
      for (const value of [null, Number.NaN]) {
        const said = await refusal(name, { [option]: value });
        const isNamed = said.includes(option) || said.includes(WORDS[option] ?? option);
        if (!isNamed || NATIVE.test(said)) taken.push(`${option} = ${value}: ${said}`);
      }
    }
    expect(taken).toEqual([]);
  });
});

describe("eigen, which depends on no other package, has the words of all", () => {
  const words = [
    "tol",
    "maxMatvec",
    "maxmatvecs",
    "sede",
    "kk",
    "x",
    "space_",
    "toString",
    "rtoll",
  ];
  it.each([...words.map((word) => ({ [word]: 1 })), null, "k", 3, [1]])("%j", (given) => {
    const said = (call: () => unknown) => {
      try {
        call();
      } catch (error) {
        return (error as Error).message;
      }
      return "nothing";
    };
    const theirs = said(() => eigen.lanczos(given as object));
    const [, names] = said(() => eigen.lanczos({ colour: 1 } as object)).match(/it has: (.*)$/)!;
    expect(theirs).toBe(said(() => checkOptions("lanczos", given, names!.split(", "))));
  });
});
