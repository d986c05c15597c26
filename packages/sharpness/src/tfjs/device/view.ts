// The loss of some samples, by tfjs, with vectors that stay on the device.
import {
  disposeTree,
  type LossChunk,
  layoutOf,
  mapTree,
  type ParameterTree,
  type SampleSet,
} from "@eoss/hvp";
import {
  type DeviceOperator,
  evaluated,
  fisherOnDevice,
  gaussNewtonOnDevice,
  hessianOnDevice,
  joined,
  ntkOnDevice,
  parted,
  readLater,
} from "@eoss/hvp/internal";
import type { RandomStream } from "@eoss/rng";
import { add, div, mul, sqrt, tidy } from "@tensorflow/tfjs-core";
import type {
  CurvatureKind,
  EngineView,
  Outputs,
  Preconditioner,
  TangentKernel,
  ViewOptions,
} from "../../loss/engine.js";
import type { Operator, Space } from "../../loss/space.js";
import type { TfjsProblem } from "../problem.js";
import { checkKind, onChunkOf, SampleChunks } from "../sampleChunks.js";
import { preconditionerOf, updateDirection } from "../updateRule.js";
import type { DeviceVector } from "./deviceSpace.js";

export class DeviceView implements EngineView<DeviceVector> {
  readonly samples: number;
  readonly params: ParameterTree;
  readonly dimension: number;
  readonly layers: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  readonly #samples: SampleChunks;
  readonly #operators = new Map<CurvatureKind, DeviceOperator>();
  /** Vectors that the view gives. */
  readonly #vectors = new Map<string, DeviceVector>();
  #loss?: Promise<number>;

  /** @param ownParams θ, if not that of the problem: disposed with the view */
  constructor(
    readonly problem: TfjsProblem,
    readonly set: SampleSet,
    readonly indices: Int32Array,
    readonly options: ViewOptions,
    readonly space: Space<DeviceVector>,
    readonly ownParams?: ParameterTree,
  ) {
    this.samples = indices.length;
    this.params = ownParams ?? problem.params;
    this.dimension = layoutOf(this.params).size;
    this.layers = Object.keys(this.params);
    this.shapes = Object.values(this.params).map(({ shape }) => shape);
    this.#samples = new SampleChunks(problem, set, indices);
  }

  loss(): Promise<number> {
    this.#loss ??=
      this.#operators.get("hessian")?.loss() ?? meanLoss(this.params, this.#samples.losses());
    return this.#loss;
  }

  gradient(): DeviceVector {
    return this.#operator("hessian").gradient;
  }

  parameters(): DeviceVector {
    return this.#vector("θ", () => joined(this.params));
  }

  signedParameters(stream: RandomStream): DeviceVector {
    const signs = this.space.signs(this.dimension, stream);
    const signed = mul(this.parameters(), signs);
    signs.dispose();
    return signed as DeviceVector;
  }

  initialParameters(): DeviceVector {
    return this.#vector("θ₀", () => joined(this.problem.initialParams!));
  }

  curvature(kind: CurvatureKind): Operator<DeviceVector> {
    checkKind(kind);
    const { space, dimension } = this;
    return { n: dimension, space, apply: (x) => this.#operator(kind).apply(x) };
  }

  layer(kind: CurvatureKind, name: string): Operator<DeviceVector> & { dispose(): void } {
    const { n, apply, dispose } = this.#operatorOf(kind, [name]);
    return { n, space: this.space, apply, dispose };
  }

  async *outputs(): AsyncIterable<Outputs> {
    for (const [index, { outputs, targets, weight }] of this.#samples.outputs().entries()) {
      const f = tidy(() => evaluated(() => outputs(this.params)));
      const classes = f.shape.at(-1)!;
      const { length: samples } = this.#samples.indexChunks()[index]!.indices;
      const [values, wanted] = await Promise.all([readLater(() => f), readLater(() => targets)]);
      f.dispose();
      yield { values, targets: wanted, classes, samples, weight };
    }
  }

  async tangentKernel(): Promise<TangentKernel<DeviceVector>> {
    const { space, params } = this;
    const kernel = ntkOnDevice({ params, chunks: this.#samples.outputs() });
    const { n, apply, dispose } = kernel;
    return { n, space, outputs: await kernel.outputs(), apply, dispose };
  }

  preconditioner(): Preconditioner<DeviceVector> | "identity" | "not yet" {
    const diagonal = preconditionerOf(this.problem.update!, joined);
    if (diagonal === undefined) return "identity";
    if (diagonal === "not yet") return diagonal;
    const scale = this.#vector("P^(−½)", () => tidy(() => div(1, sqrt(diagonal))));
    diagonal.dispose();
    return { inverseRoot: (x) => mul(x, scale) as DeviceVector };
  }

  updateDirection(gradient: DeviceVector): Promise<DeviceVector> {
    const { problem, set, indices, options, space } = this;
    const vectors = { space, flat: joined, tree: parted };
    return updateDirection(problem.update!, gradient, vectors, (params) => {
      const view = new DeviceView(problem, set, indices, options, space, params);
      try {
        return space.copy(view.gradient());
      } finally {
        view.dispose();
      }
    });
  }

  shifted(x: DeviceVector, a: number): DeviceView {
    const { problem, set, indices, options, space } = this;
    const shift = Object.values(parted(x, this.params));
    const params = mapTree(this.params, (theta, index) =>
      tidy(() => add(theta, mul(shift[index]!, a))),
    );
    disposeTree(shift);
    return new DeviceView(problem, set, indices, options, space, params);
  }

  dispose(): void {
    for (const operator of this.#operators.values()) operator.dispose();
    for (const vector of this.#vectors.values()) vector.dispose();
    this.#samples.dispose();
    if (this.ownParams !== undefined) disposeTree(this.ownParams);
    this.#operators.clear();
    this.#vectors.clear();
  }

  #vector(name: string, make: () => DeviceVector): DeviceVector {
    const vector = this.#vectors.get(name) ?? make();
    this.#vectors.set(name, vector);
    return vector;
  }

  #operator(kind: CurvatureKind): DeviceOperator {
    const operator = this.#operators.get(kind) ?? this.#operatorOf(kind);
    this.#operators.set(kind, operator);
    return operator;
  }

  #operatorOf(kind: CurvatureKind, block?: readonly string[]): DeviceOperator {
    checkKind(kind);
    const own = { params: this.params, block, ...onChunkOf(this.options) };
    if (kind === "hessian") return hessianOnDevice({ ...own, chunks: this.#samples.losses() });
    const options = {
      ...own,
      ...{ head: this.#samples.head(), chunks: this.#samples.outputs() },
    };
    if (kind === "gauss-newton") return gaussNewtonOnDevice(options);
    return fisherOnDevice({ ...options, kind: kind === "fisher" ? "true" : "empirical" });
  }
}

async function meanLoss(
  params: ParameterTree,
  chunks: readonly LossChunk<ParameterTree>[],
): Promise<number> {
  const losses = await readLater(() =>
    joined(chunks.map(({ loss }) => evaluated(() => loss(params)))),
  );
  return chunks.reduce((sum, { weight }, index) => sum + weight * losses[index]!, 0);
}
