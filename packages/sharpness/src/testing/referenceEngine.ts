// An engine without a tensor library: closed forms in float64, vectors that are names, late answers.

import type { RandomStream } from "@eoss/rng";
import {
  checkTypedOptions,
  list,
  needed,
  number,
  type OptionDomains,
  positive,
  positiveInteger,
  record,
} from "@eoss/rng/internal";
import {
  CURVATURE_KINDS,
  type CurvatureKind,
  type EngineView,
  type Outputs,
  type Problem,
  type TangentKernel,
} from "../loss/engine.js";
import type { Operator, Space } from "../loss/space.js";
import {
  type Bilinear,
  curvatureOf,
  jacobianOf,
  type Matrix,
  meanOver,
  networkAt,
  residualOf,
  sampleGradient,
  sampleLoss,
  times,
} from "./bilinear.js";
import { type Handle, handleSpace, Remote } from "./handles.js";

/** What a reference problem has beside its network. */
export interface ReferenceOptions {
  readonly batchSize: number;
  /** η; default 0.1. */
  readonly learningRate?: number;
  /** s of RMSProp, [d]: P = √s + 10⁻⁸, and s ← 0.99·s + 0.01·g² before the next step. Default: plain SGD. */
  readonly meanSquare?: readonly number[];
  readonly stepBatch?: Int32Array;
  readonly heldOut?: Bilinear;
  /** θ₀, [d]. */
  readonly initialParameters?: readonly number[];
  /** Where the vectors are; default a place of their own. */
  readonly remote?: Remote;
}

const OPTIONS: OptionDomains<ReferenceOptions> = {
  ...{ batchSize: needed(positiveInteger), learningRate: positive },
  ...{ meanSquare: list("of numbers", number), initialParameters: list("of numbers", number) },
  ...{
    stepBatch: record("of indices"),
    heldOut: record("as a network is"),
    remote: record("that is a Remote"),
  },
};

const EPSILON = 1e-8;
const ALPHA = 0.99;

/**
 * The mean squared error of a bilinear network as a problem, from its closed forms in float64. Every
 * number comes later and out of order; vectors are names. What works here works over a wire.
 */
export function referenceProblem(network: Bilinear, options: ReferenceOptions): Problem<Handle> {
  checkTypedOptions("referenceProblem", options, OPTIONS);
  const { batchSize, learningRate = 0.1, stepBatch, heldOut, initialParameters } = options;
  const remote = options.remote ?? new Remote();
  const space = handleSpace(remote);
  return {
    samples: network.y.length,
    batchSize,
    ...(heldOut && { heldOut: { samples: heldOut.y.length } }),
    ...(stepBatch && { stepBatch }),
    update: { learningRate, rule: { threshold: 2 / learningRate, decay: 0 } },
    lacks: (need) =>
      need === "initial-params" && initialParameters === undefined
        ? "the reference was made without initialParameters"
        : undefined,
    view: (indices, { set }) => {
      const own = set === "training" ? network : networkAt(heldOut!, thetaOf(network));
      const theta = space.from(thetaOf(network));
      return new ReferenceView(own, [...indices], theta, { remote, space, options });
    },
  };
}

const thetaOf = ({ a, b }: Bilinear) => [...a, ...b];

class ReferenceView implements EngineView<Handle> {
  readonly samples: number;
  readonly dimension: number;
  readonly space: Space<Handle>;
  readonly layers = ["a", "b"];
  readonly shapes: readonly (readonly number[])[];
  readonly #matrices = new Map<CurvatureKind, Matrix>();
  readonly #kept: Handle[];
  #gradient?: Handle;

  constructor(
    readonly network: Bilinear,
    readonly indices: readonly number[],
    readonly theta: Handle,
    readonly at: { remote: Remote; space: Space<Handle>; options: ReferenceOptions },
  ) {
    this.samples = indices.length;
    this.dimension = 2 * network.a.length;
    this.shapes = [[network.a.length], [network.b.length]];
    this.space = at.space;
    this.#kept = [theta];
  }

  loss(): Promise<number> {
    return this.at.remote.ask(() => meanOver(this.indices, (k) => sampleLoss(this.#network(), k)));
  }

  gradient(): Handle {
    this.#gradient ??= this.#keep(() =>
      meanOver<number[]>(this.indices, (k) => sampleGradient(this.#network(), k)),
    );
    return this.#gradient;
  }

  parameters(): Handle {
    return this.theta;
  }

  signedParameters(stream: RandomStream): Handle {
    const signs = stream.signs(this.dimension);
    return this.at.remote.make(() => this.#theta().map((x, i) => x * signs[i]!));
  }

  initialParameters(): Handle {
    return this.#keep(() => this.at.options.initialParameters!);
  }

  curvature(kind: CurvatureKind): Operator<Handle> {
    return this.#operator(kind, this.dimension, () => this.#matrix(kind));
  }

  layer(kind: CurvatureKind, name: string): Operator<Handle> & { dispose(): void } {
    const size = this.dimension / 2;
    const from = name === "a" ? 0 : size;
    const block = () =>
      this.#matrix(kind)
        .slice(from, from + size)
        .map((row) => row.slice(from, from + size));
    return { ...this.#operator(kind, size, block), dispose() {} };
  }

  async *outputs(): AsyncIterable<Outputs> {
    const read = this.at.remote.ask(() => {
      const network = this.#network();
      const residuals = this.indices.map((k) => residualOf(network, k));
      const targets = this.indices.map((k) => network.y[k]!);
      const values = residuals.map((row, i) => row.map((r, c) => r + targets[i]![c]!));
      return { values: values.flat(), targets: targets.flat() };
    });
    yield {
      ...(await read),
      classes: this.network.y[0]!.length,
      samples: this.samples,
      weight: 1,
    };
  }

  async tangentKernel(): Promise<TangentKernel<Handle>> {
    for await (const { values } of this.outputs()) {
      const matrix = () => {
        const rows = this.indices.flatMap((k) => jacobianOf(this.#network(), k));
        return rows.map((row) => times(rows, row));
      };
      const { n, space, apply } = this.#products(values.length, matrix);
      return { n, space, apply, outputs: values, dispose() {} };
    }
    throw new Error("unreachable: there is one part of outputs");
  }

  preconditioner() {
    const { meanSquare } = this.at.options;
    if (meanSquare === undefined) return "identity";
    return {
      inverseRoot: (x: Handle) => {
        this.at.remote.check(x);
        return this.at.remote.make(() =>
          this.at.remote
            .entries(x)
            .map((v, i) => v / Math.sqrt(Math.sqrt(meanSquare[i]!) + EPSILON)),
        );
      },
    };
  }

  updateDirection(gradient: Handle): Handle {
    const { remote, options } = this.at;
    remote.check(gradient);
    return remote.make(() =>
      remote.entries(gradient).map((g, i) => {
        if (options.meanSquare === undefined) return -g;
        const square = ALPHA * options.meanSquare[i]! + (1 - ALPHA) * g * g;
        return -g / (Math.sqrt(square) + EPSILON);
      }),
    );
  }

  shifted(x: Handle, a: number): EngineView<Handle> {
    const theta = this.space.axpy(a, x, this.space.copy(this.theta));
    return new ReferenceView(this.network, this.indices, theta, this.at);
  }

  dispose(): void {
    for (const handle of this.#kept) this.at.remote.release(handle);
    this.#kept.length = 0;
  }

  #keep(entries: () => ArrayLike<number>): Handle {
    const handle = this.at.remote.make(entries);
    this.#kept.push(handle);
    return handle;
  }

  #theta(): Float64Array {
    return this.at.remote.entries(this.theta);
  }

  #network(): Bilinear {
    return networkAt(this.network, this.#theta());
  }

  #matrix(kind: CurvatureKind): Matrix {
    const known = this.#matrices.get(kind);
    const matrix = known ?? curvatureOf(this.#network(), kind, this.indices);
    this.#matrices.set(kind, matrix);
    return matrix;
  }

  #operator(kind: CurvatureKind, n: number, matrix: () => Matrix): Operator<Handle> {
    if (!CURVATURE_KINDS.includes(kind)) throw new RangeError(`there is no matrix "${kind}"`);
    return this.#products(n, matrix);
  }

  #products(n: number, matrix: () => Matrix): Operator<Handle> {
    const { remote } = this.at;
    return {
      n,
      space: this.space,
      apply: (x) => {
        remote.check(x);
        return remote.make(() => times(matrix(), remote.entries(x)));
      },
    };
  }
}
