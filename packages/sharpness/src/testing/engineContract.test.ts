import "@tensorflow/tfjs-backend-cpu";
import { tfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bilinearProblem, disposeProblem } from "../fixtures/bilinear.fixture.js";
import type { CurvatureKind, EngineView, Problem } from "../loss/engine.js";
import type { Operator, Space } from "../loss/space.js";
import { topPairs } from "../search/topPairs.js";
import { type HostVector, hostSpace } from "../tfjs/hostSpace.js";
import { type Bilinear, jacobianOf } from "./bilinear.js";
import { engineContract } from "./engineContract.js";
import type { EngineUnderTest } from "./engineUnderTest.js";
import { type Handle, Remote } from "./handles.js";
import { referenceProblem } from "./referenceEngine.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

/** An engine whose problems and views are changed on their way out. */
type Changes<V> = (view: EngineView<V>, indices: Int32Array) => Partial<EngineView<V>>;

function changed<V>(problem: Problem<V>, changes: Changes<V>): Problem<V> {
  return {
    ...problem,
    lacks: (need, set) => problem.lacks(need, set),
    view: (indices, options) => {
      const view = problem.view(indices, options);
      return withMembers(view, changes(view, indices));
    },
  };
}

function withMembers<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(object, name) {
      if (name in members) return members[name as keyof T];
      const member = object[name as keyof T];
      return typeof member === "function" ? member.bind(object) : member;
    },
  });
}

function handles(changes: Changes<Handle> = () => ({})): EngineUnderTest<Handle> {
  const remote = new Remote();
  const meanSquare = Array.from({ length: 24 }, (_, i) => 0.1 + 0.01 * i);
  return {
    accuracy: 1e-9,
    problem: (network, batchSize) =>
      changed(referenceProblem(network, { batchSize, remote, meanSquare }), changes),
    entries: (x) => remote.ask(() => remote.entries(x)),
    alive: () => remote.alive,
    update: {
      preconditioner: meanSquare.map((square) => Math.sqrt(square) + 1e-8),
      direction: (g) =>
        g.map((x, i) => -x / (Math.sqrt(0.99 * meanSquare[i]! + 0.01 * x * x) + 1e-8)),
    },
  };
}

const made: ReturnType<typeof bilinearProblem>[] = [];
afterAll(() => made.forEach(disposeProblem));

function tensors(changes: Changes<HostVector> = () => ({})): EngineUnderTest<HostVector> {
  return {
    problem(network, batchSize) {
      const problem = bilinearProblem(network, batchSize);
      made.push(problem);
      return changed(tfjsProblem(problem), changes);
    },
    entries: (x) => x,
  };
}

describe("the tfjs engine keeps the contract", () => {
  it.each(engineContract(tensors()))("$name", ({ run }) => run());
});

describe("so does an engine of names and late answers", () => {
  it.each(engineContract(handles()))("$name", ({ run }) => run());
});

/** The loss as the plain mean over chunks of 1,000 and one of the rest. */
function uneven(): EngineUnderTest<Handle> {
  const engine = handles();
  return {
    ...engine,
    problem: async (network, batchSize) => {
      const problem = await engine.problem(network, batchSize);
      return changed(problem, (_, indices) => ({
        loss: async () => {
          const starts = Array.from(
            { length: Math.ceil(indices.length / 1000) },
            (_, k) => 1000 * k,
          );
          const losses = starts.map((from) =>
            problem
              .view(indices.subarray(from, from + 1000), { set: "training", plain: true })
              .loss(),
          );
          return (await Promise.all(losses)).reduce((sum, x) => sum + x, 0) / starts.length;
        },
      }));
    },
  };
}

describe("an engine that is wrong is caught", () => {
  const ofKind = <V>(view: EngineView<V>, kindOf: (kind: CurvatureKind) => CurvatureKind) => ({
    curvature: (kind: CurvatureKind) => view.curvature(kindOf(kind)),
  });
  const inSpace = <V>(view: EngineView<V>, members: Partial<Space<V>>) => {
    const space = withMembers(view.space, { ...members, solvers: undefined } as Partial<Space<V>>);
    return { space };
  };
  const float32Dot = (x: HostVector, y: HostVector) => {
    const sum = new Float32Array(1);
    for (let i = 0; i < x.length; i++) sum[0]! += Math.fround(x[i]! * y[i]!);
    return sum[0]!;
  };
  const scaledBy = <V>(a: number, { n, space, apply }: Operator<V>): Operator<V> => ({
    n,
    space,
    apply: async (x, out) => space.scale(a, (await apply(x, out)) ?? out),
  });
  const first = new Map<number, EngineView<Handle>>();

  const wrong: Record<string, [EngineUnderTest<Handle> | EngineUnderTest<HostVector>, RegExp]> = {
    "it ignores the kind of matrix": [
      handles((view) => ofKind(view, () => "hessian")),
      /^products of (gauss-newton|fisher|empirical-fisher)$/,
    ],
    "it takes an unknown kind for the Hessian": [
      handles((view) =>
        ofKind(view, (kind) => ((kind as string) === "no-such-matrix" ? "hessian" : kind)),
      ),
      /^a kind of matrix that is not known/,
    ],
    "it takes the empirical Fisher matrix for the true one": [
      handles((view) => ofKind(view, (kind) => (kind === "fisher" ? "empirical-fisher" : kind))),
      /^products of fisher$/,
    ],
    "its Hessian has no residual part": [
      tensors((view) => ofKind(view, (kind) => (kind === "hessian" ? "gauss-newton" : kind))),
      /^products of hessian$/,
    ],
    "products stay at the old θ when it is shifted": [
      handles((view) => ({
        shifted: (x, a) =>
          withMembers(view.shifted(x, a), { curvature: (kind) => view.curvature(kind) }),
      })),
      /^a shifted view/,
    ],
    "a shift moves the view itself": [
      tensors((view) => {
        let at = view;
        return {
          shifted: (x, a) => {
            at = view.shifted(x, a);
            return at;
          },
          loss: () => at.loss(),
        };
      }),
      /^a shifted view/,
    ],
    "views are kept from one problem to the next": [
      handles((view, { length }) => {
        if (!first.has(length)) first.set(length, view);
        return { gradient: () => first.get(length)!.gradient(), dispose: () => {} };
      }),
      /^problems at different θ/,
    ],
    "the loss is a sum": [
      handles((view, { length }) => ({ loss: async () => length * (await view.loss()) })),
      /^the loss is the mean/,
    ],
    "parts of many samples count alike, whatever their sizes": [uneven(), /^of many samples too/],
    "the gradient is a sum": [
      handles((view, { length }) => ({
        gradient: async () => view.space.scale(length, view.space.copy(await view.gradient())),
      })),
      /^so is the gradient/,
    ],
    "products are sums": [
      tensors((view, { length }) => ({
        curvature: (kind) => scaledBy(length, view.curvature(kind)),
      })),
      /^products of hessian$/,
    ],
    "inner products in single precision": [
      tensors((view) => inSpace(view, { dot: float32Dot })),
      /^inner products are summed/,
    ],
    "lists are looked at too late": [
      tensors((view) =>
        inSpace(view, {
          dots: async (xs, y) => {
            await Promise.resolve();
            return Float64Array.from(xs, (x) => hostSpace().dot(x, y) as number);
          },
        }),
      ),
      /^vectors: lists/,
    ],
    "copies are the same vector": [
      tensors((view) => inSpace(view, { copy: (x) => x })),
      /^vectors: copies/,
    ],
    "signs that are all the same": [
      tensors((view) => inSpace(view, { signs: (n) => new Float64Array(n).fill(1) })),
      /^random vectors/,
    ],
    "random vectors that forget their stream": [
      tensors((view) => {
        let calls = 0;
        const { normals } = view.space;
        return inSpace(view, { normals: (n, stream) => normals(n, stream.fork(++calls)) });
      }),
      /^random vectors/,
    ],
    "uniform numbers for normal ones": [
      tensors((view) =>
        inSpace(view, {
          normals: (n, stream) =>
            Float64Array.from({ length: n }, (_, i) => Math.sqrt(12) * (stream.uniformAt(i) - 0.5)),
        }),
      ),
      /^random vectors/,
    ],
    "θ without random signs": [
      handles((view) => ({
        signedParameters: async () => view.space.copy(await view.parameters()),
      })),
      /^θ is a then b/,
    ],
    "lifted vectors are longer": [
      tensors((view) => ({ lift: (x) => view.space.scale(2, view.space.copy(view.lift!(x))) })),
      /^reduced coordinates/,
    ],
    "its own search gives the second eigenvalue": [
      handles((view) => ({
        top: async (kind, search) => {
          const { values, ...found } = await topPairs(view.curvature(kind), [], {
            ...search,
            count: 2,
          });
          const [first, second] = found.vectors;
          view.space.release(first!);
          return { ...found, vectors: [second!], value: values[1]!, values: [values[1]!] };
        },
      })),
      /^(every quantity|an engine's own search)/,
    ],
    "blocks of the wrong layer": [
      handles((view) => ({
        layer: (kind, name) => view.layer!(kind, name === "a" ? "b" : "a"),
      })),
      /^blocks of the layers/,
    ],
    "the tangent kernel without a factor": [
      handles((view) => ({
        tangentKernel: async () => {
          const kernel = await view.tangentKernel!();
          return { ...scaledBy(0.5, kernel), outputs: kernel.outputs, dispose() {} };
        },
      })),
      /^outputs, targets and tangent kernel/,
    ],
    "the preconditioner and not its root": [
      handles((view) => ({
        preconditioner: async () => {
          const p = await view.preconditioner!();
          if (typeof p !== "object") return p;
          return { inverseRoot: async (x) => p.inverseRoot(await p.inverseRoot(x)) };
        },
      })),
      /^the update rule/,
    ],
    "a product is forgotten and never released": [
      handles((view) => ({
        gradient: async () => view.space.copy(await view.gradient()),
      })),
      /^nothing is left/,
    ],
    "answers to what is asked at once are exchanged": [
      handles((view) => {
        let held: Handle | undefined;
        return {
          curvature: (kind) => {
            const { n, space, apply } = view.curvature(kind);
            return {
              n,
              space,
              async apply(x, out) {
                held ??= space.copy(x);
                const own = held;
                await Promise.resolve();
                await Promise.resolve();
                held = undefined;
                return apply(own, out);
              },
            };
          },
        };
      }),
      /^what is asked for at once/,
    ],
  };

  it.each(Object.entries(wrong))("%s", async (_, [engine, caught]) => {
    const rules = engineContract<never>(engine as unknown as EngineUnderTest<never>);
    const broken: string[] = [];
    for (const { name, run } of rules.filter(({ name }) => caught.test(name))) {
      await run().catch(() => broken.push(name));
    }
    expect(broken.length).toBe(rules.filter(({ name }) => caught.test(name)).length);
    expect(broken.length).toBeGreaterThan(0);
  });
});

it("the closed forms are those of the network: J by differences", () => {
  const at: Bilinear = { a: [0.7, -1.2], b: [0.4, 0.9], x: [[[1, 2]]], y: [[0.5]] };
  const f = (a: readonly number[], b: readonly number[]) => a[0]! * b[0]! + 2 * a[1]! * b[1]!;
  const h = 1e-6;
  const differences = [0, 1, 2, 3].map((i) => {
    const moved = (sign: number) => {
      const theta = [...at.a, ...at.b];
      theta[i]! += sign * h;
      return f(theta.slice(0, 2), theta.slice(2));
    };
    return (moved(1) - moved(-1)) / (2 * h);
  });
  for (const [i, slope] of jacobianOf(at, 0)[0]!.entries()) {
    expect(slope).toBeCloseTo(differences[i]!, 8);
  }
});
