// A view of a loss in another process.
import type { RandomStream } from "@eoss/rng";
import {
  CURVATURE_KINDS,
  type CurvatureKind,
  type EngineView,
  type Operator,
  type Outputs,
  type Preconditioner,
  type TangentKernel,
} from "@eoss/sharpness/core";
import type { Channel } from "./channel.js";
import type { ProblemDescription } from "./remoteProblem.js";
import { type RemoteSpace, type RemoteVector, seedOf } from "./remoteSpace.js";
import { numberOf } from "./values.js";

/** The name of a view: that of its problem, and its own there. */
type ViewName = readonly [problem: number, view: number];

export class RemoteView implements EngineView<RemoteVector> {
  readonly dimension: number;
  readonly layers: readonly string[];
  readonly #kept: RemoteVector[] = [];
  #loss?: Promise<number>;
  #gradient?: RemoteVector;
  #parameters?: RemoteVector;
  #initial?: RemoteVector;

  constructor(
    readonly channel: Channel,
    readonly space: RemoteSpace,
    readonly problem: ProblemDescription,
    readonly samples: number,
    readonly name: ViewName,
    readonly names: { next(): number },
  ) {
    this.dimension = problem.dimension;
    this.layers = problem.layers.map((layer) => layer.name);
  }

  loss(): Promise<number> {
    return (this.#loss ??= this.channel.ask("loss", this.name).then(numberOf));
  }

  gradient(): RemoteVector {
    return (this.#gradient ??= this.#keep("gradient", this.name));
  }

  parameters(): RemoteVector {
    return (this.#parameters ??= this.#keep("parameters", this.name));
  }

  signedParameters(stream: RandomStream): RemoteVector {
    return this.space.make("signed-parameters", this.name, seedOf(stream));
  }

  initialParameters(): RemoteVector {
    return (this.#initial ??= this.#keep("initial-parameters", this.name));
  }

  curvature(kind: CurvatureKind): Operator<RemoteVector> {
    checkKind(kind);
    return this.#operator(this.dimension, "product", this.name, kind);
  }

  layer(kind: CurvatureKind, name: string): Operator<RemoteVector> & { dispose(): void } {
    checkKind(kind);
    const index = this.layers.indexOf(name);
    const layer = this.problem.layers[index];
    if (layer === undefined) throw new RangeError(`there is no parameter tensor "${name}"`);
    return { ...this.#operator(layer.size, "block", this.name, kind, index), dispose() {} };
  }

  async *outputs(): AsyncIterable<Outputs> {
    for (let part = 0, parts = 1; part < parts; part++) {
      const answer = await this.channel.ask("outputs", this.name, part);
      const { of, ...rest } = answer as Outputs & { readonly of: number };
      parts = of;
      yield { ...rest, weight: rest.samples / this.samples };
    }
  }

  async tangentKernel(): Promise<TangentKernel<RemoteVector>> {
    const outputs = (await this.channel.ask("kernel", this.name)) as Float64Array;
    const operator = this.#operator(outputs.length, "kernel-product", this.name);
    return { ...operator, outputs, dispose() {} };
  }

  preconditioner(): Preconditioner<RemoteVector> | "identity" | "not yet" {
    const kind = this.problem.update!.preconditioner;
    if (kind !== "diagonal") return kind;
    return { inverseRoot: (x) => this.space.make("inverse-root", this.name, x.handle) };
  }

  updateDirection(gradient: RemoteVector): RemoteVector {
    return this.space.make("direction", this.name, gradient.handle);
  }

  shifted(x: RemoteVector, a: number): RemoteView {
    const { channel, space, problem, samples, names } = this;
    const name: ViewName = [this.name[0], names.next()];
    channel.later("shift", name, this.name, x.handle, a);
    return new RemoteView(channel, space, problem, samples, name, names);
  }

  dispose(): void {
    for (const vector of this.#kept) this.space.release(vector);
    this.#kept.length = 0;
    this.channel.later("close", this.name);
  }

  #keep(command: string, ...args: readonly unknown[]): RemoteVector {
    const vector = this.space.make(command, ...args);
    this.#kept.push(vector);
    return vector;
  }

  #operator(n: number, command: string, ...args: readonly unknown[]): Operator<RemoteVector> {
    const { space } = this;
    return { n, space, apply: (x) => space.make(command, ...args, x.handle) };
  }
}

/** @throws RangeError for what is no kind of matrix: it must not be taken for another one */
function checkKind(kind: string): void {
  if ((CURVATURE_KINDS as readonly string[]).includes(kind)) return;
  throw new RangeError(`there is no matrix "${kind}"; allowed: ${CURVATURE_KINDS.join(", ")}`);
}
