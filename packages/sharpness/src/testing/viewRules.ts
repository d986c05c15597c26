// The contract of an engine's views: closed forms of the loss, its gradient and its matrices.
import { stream } from "@eoss/rng";
import {
  CURVATURE_KINDS,
  type CurvatureKind,
  type EngineView,
  type Problem,
  type ViewOptions,
} from "../loss/engine.js";
import { multiply } from "../loss/space.js";
import {
  type Bilinear,
  curvatureOf,
  jacobianOf,
  meanOver,
  networkAt,
  residualOf,
  sampleGradient,
  sampleLoss,
  times,
} from "./bilinear.js";
import { type EngineUnderTest, must, near, shown } from "./engineUnderTest.js";

/** Of the first sample, where there are many: about 1,150 of seven together. */
const MANY = 9;

type Rules = Record<string, () => Promise<void>>;

/** Sets of samples that tell a mean from a sum, and weights of parts from equal ones. */
const SETS = [[4], [0, 5], [3, 1, 2], "all"] as const;

/** @param withProblem hands over a problem of the engine at a network */
export function viewRules<V>(engine: EngineUnderTest<V>, network: Bilinear): Rules {
  const { accuracy = 1e-5 } = engine;
  const all = network.y.map((_, k) => k);
  const d = 2 * network.a.length;
  const read = async (x: V) => Array.from(await engine.entries(x));
  const direction = (seed: number) => Array.from(stream(seed, "direction").normals(d));
  const lossOf = (at: Bilinear, samples: readonly number[]) =>
    meanOver<number>(samples, (k) => sampleLoss(at, k));
  const gradientOf = (at: Bilinear, samples: readonly number[]) =>
    meanOver<number[]>(samples, (k) => sampleGradient(at, k));

  const expectNumbers = (found: ArrayLike<number>, expected: ArrayLike<number>, what: string) =>
    must(near(found, expected, accuracy), `${what} is ${shown(found)}, not ${shown(expected)}`);
  const open = (problem: Problem<V>, samples: readonly number[], plain = true) =>
    problem.view(Int32Array.from(samples), { set: "training", plain } satisfies ViewOptions);
  /** Each set of samples, looked at in all coordinates and in the engine's own. */
  const eachView = async (
    use: (view: EngineView<V>, samples: readonly number[], what: string) => Promise<void>,
  ) => {
    const problem = await engine.problem(network, 2);
    for (const set of SETS) {
      const samples = set === "all" ? all : set;
      for (const plain of [true, false]) {
        const view = open(problem, samples, plain);
        try {
          await use(view, samples, `of samples ${samples}${plain ? "" : ", reduced,"}`);
        } finally {
          view.dispose();
        }
      }
    }
  };
  const imageOf = async (view: EngineView<V>, kind: CurvatureKind, x: readonly number[]) =>
    read(await multiply(view.curvature(kind), view.space.from(x)));

  return {
    async "sizes: n, b, d, and the samples of a view"() {
      const { samples, batchSize } = await engine.problem(network, 2);
      expectNumbers([samples, batchSize], [network.y.length, 2], "[n, b]");
      await eachView(async (view, { length }) =>
        expectNumbers([view.dimension, view.samples], [d, length], "[d, samples of a view]"),
      );
    },

    async "the loss is the mean over the samples of a view"() {
      await eachView(async (view, samples, what) =>
        expectNumbers([await view.loss()], [lossOf(network, samples)], `the loss ${what}`),
      );
    },

    async "of many samples too: parts count by their sizes"() {
      const many = { ...network, x: repeated(network.x), y: repeated(network.y) };
      const samples = many.y.map((_, k) => k);
      const view = open(await engine.problem(many, 2), samples);
      expectNumbers([await view.loss()], [lossOf(many, samples)], "the loss of many samples");
      const gradient = gradientOf(many, samples);
      expectNumbers(await read(await view.gradient()), gradient, "the gradient of many samples");
      const image = times(curvatureOf(many, "hessian", samples), direction(1));
      const found = await imageOf(view, "hessian", direction(1));
      expectNumbers(found, image, "a product of hessian of many samples");
      view.dispose();
    },

    async "so is the gradient, before and after a loss"() {
      await eachView(async (view, samples, what) => {
        const expected = gradientOf(network, samples);
        expectNumbers(await read(await view.gradient()), expected, `the gradient ${what}`);
        await view.loss();
        expectNumbers(await read(await view.gradient()), expected, `asked again, that ${what}`);
      });
    },

    async "θ is a then b; with random signs it is θ but for signs"() {
      await eachView(async (view) => {
        const theta = [...network.a, ...network.b];
        expectNumbers(await read(await view.parameters()), theta, "θ");
        const signed = await read(await view.signedParameters(stream(3, "signs")));
        expectNumbers(signed.map(Math.abs), theta.map(Math.abs), "|s∘θ|");
        const flipped = signed.filter((x, i) => Math.sign(x) !== Math.sign(theta[i]!)).length;
        must(
          flipped > 0 && flipped < d,
          `of the ${d} signs of θ ${flipped} are changed: draw them`,
        );
      });
    },

    ...Object.fromEntries(
      CURVATURE_KINDS.map((kind) => [
        `products of ${kind}`,
        () =>
          eachView(async (view, samples, what) => {
            const matrix = curvatureOf(network, kind, samples);
            for (const seed of [1, 2]) {
              const x = direction(seed);
              const found = await imageOf(view, kind, x);
              expectNumbers(found, times(matrix, x), `a product of ${kind} ${what}`);
            }
          }),
      ]),
    ),

    async "a kind of matrix that is not known is refused by its name"() {
      await eachView(async (view) => {
        const kind = "no-such-matrix" as CurvatureKind;
        const asked: Record<string, () => unknown> = {
          curvature: () => multiply(view.curvature(kind), view.space.from(direction(1))),
          ...(view.reduced && { reduced: () => view.reduced!(kind) }),
          ...(view.layer && { layer: () => view.layer!(kind, view.layers![0]!) }),
        };
        for (const [member, ask] of Object.entries(asked)) {
          const answer = await outcome(ask);
          must(
            answer instanceof Error && answer.message.includes(kind),
            `${member}("${kind}") ${answer instanceof Error ? `fails without the name: ${answer.message}` : "is not refused: another matrix would be taken for it"}`,
          );
        }
      });
    },

    async "a shifted view is at θ + a·x, the view itself stays where it is"() {
      await eachView(async (view, samples, what) => {
        await view.gradient();
        await imageOf(view, "hessian", direction(1));
        // Near enough that residuals keep their digits.
        const x = direction(4).map((v) => v / 4);
        const step = view.space.from(x);
        for (const a of [0.25, -0.5]) {
          const moved = view.shifted(step, a);
          const twice = moved.shifted(step, 1);
          for (const [at, by] of [
            [moved, a],
            [twice, a + 1],
            [view, 0],
          ] as const) {
            const there = networkAt(
              network,
              [...network.a, ...network.b].map((t, i) => t + by * x[i]!),
            );
            const place = `${what} at θ + ${by}·x`;
            expectNumbers([await at.loss()], [lossOf(there, samples)], `the loss ${place}`);
            const g = gradientOf(there, samples);
            expectNumbers(await read(await at.gradient()), g, `the gradient ${place}`);
            for (const kind of CURVATURE_KINDS) {
              const image = times(curvatureOf(there, kind, samples), x);
              expectNumbers(await imageOf(at, kind, x), image, `a product of ${kind} ${place}`);
            }
          }
          twice.dispose();
          moved.dispose();
        }
      });
    },

    async "problems at different θ do not know of one another"() {
      const other = networkAt(network, direction(5));
      const problems = [await engine.problem(network, 2), await engine.problem(other, 2)] as const;
      const views = problems.map((problem) => open(problem, all));
      for (const [k, at] of [network, other, network].entries()) {
        const view = views[k % 2]!;
        const expected = gradientOf(at, all);
        expectNumbers([await view.loss()], [lossOf(at, all)], "the loss of one of two problems");
        expectNumbers(await read(await view.gradient()), expected, "the gradient of one of two");
        const x = direction(6);
        const image = times(curvatureOf(at, "hessian", all), x);
        expectNumbers(await imageOf(view, "hessian", x), image, "a product of one of two problems");
      }
      for (const view of views) view.dispose();
    },

    async "what is asked for at once is answered right, in whatever order"() {
      await eachView(async (view, samples, what) => {
        const [x, y] = [direction(7), direction(8)];
        const products = [
          imageOf(view, "hessian", x),
          imageOf(view, "gauss-newton", x),
          imageOf(view, "hessian", y),
        ];
        const loss = view.loss();
        const gradient = view.gradient();
        const [second, other, first] = await Promise.all([...products].reverse());
        expectNumbers(await read(await gradient), gradientOf(network, samples), `∇L ${what}`);
        expectNumbers([await loss], [lossOf(network, samples)], `the loss ${what}`);
        const image = (kind: CurvatureKind, v: number[]) =>
          times(curvatureOf(network, kind, samples), v);
        expectNumbers(first!, image("hessian", x), `the first product ${what}`);
        expectNumbers(other!, image("gauss-newton", x), `the second product ${what}`);
        expectNumbers(second!, image("hessian", y), `the third product ${what}`);
      });
    },

    async "reduced coordinates: lifted, a product is that of the whole matrix"() {
      await eachView(async (view, samples, what) => {
        for (const kind of view.reduced ? CURVATURE_KINDS : []) {
          const few = await view.reduced!(kind);
          const g = await few.gradient();
          const lift = (x: V) => read(view.lift ? view.lift(x) : x);
          const gradient = gradientOf(network, samples);
          expectNumbers(await lift(g), gradient, `the lifted gradient ${what}`);
          const length = Math.sqrt(await few.space.dot(g, g));
          expectNumbers([length], [Math.hypot(...gradient)], `the reduced gradient's norm ${what}`);
          const image = times(curvatureOf(network, kind, samples), gradient);
          expectNumbers(await lift(await multiply(few, g)), image, `${kind}, lifted, ${what}`);
        }
      });
    },

    async "blocks of the layers"() {
      await eachView(async (view, samples, what) => {
        if (view.layer === undefined) return;
        must(view.layers?.length === 2, `the layers are ${view.layers}, not two`);
        for (const [index, name] of view.layers.entries()) {
          for (const kind of CURVATURE_KINDS) {
            const block = view.layer(kind, name);
            const matrix = curvatureOf(network, kind, samples);
            const from = (index * d) / 2;
            const own = matrix
              .slice(from, from + d / 2)
              .map((row) => row.slice(from, from + d / 2));
            const trace = await traceOf(block);
            const exact = own.reduce((sum, row, i) => sum + row[i]!, 0);
            expectNumbers([trace], [exact], `the trace of ${kind}'s block ${name} ${what}`);
            block.dispose();
          }
        }
      });
    },

    async "outputs, targets and tangent kernel"() {
      await eachView(async (view, samples, what) => {
        const targets = samples.flatMap((k) => network.y[k]!);
        const outputs = samples
          .flatMap((k) => residualOf(network, k))
          .map((r, i) => r + targets[i]!);
        if (view.outputs) {
          const found = { values: [] as number[], targets: [] as number[], weight: 0, samples: 0 };
          for await (const part of view.outputs()) {
            found.values.push(...Array.from(part.values));
            found.targets.push(...Array.from(part.targets));
            found.weight += part.weight;
            found.samples += part.samples;
          }
          expectNumbers(found.values, outputs, `outputs ${what}`);
          expectNumbers(found.targets, targets, `targets ${what}`);
          expectNumbers([found.weight, found.samples], [1, samples.length], "[Σ weights, samples]");
        }
        if (view.tangentKernel) {
          const kernel = await view.tangentKernel();
          const rows = samples.flatMap((k) => jacobianOf(network, k));
          const u = Array.from(stream(9, "u").normals(rows.length));
          const dual = rows[0]!.map((_, j) =>
            rows.reduce((sum, row, i) => sum + u[i]! * row[j]!, 0),
          );
          const product = await read(await multiply(kernel, kernel.space.from(u)));
          expectNumbers(product, times(rows, dual), `K·u ${what}`);
          expectNumbers(kernel.outputs, outputs, `outputs of the kernel ${what}`);
          kernel.dispose();
        }
      });
    },

    async "the update rule: preconditioner and direction"() {
      const { update } = engine;
      if (update === undefined) return;
      await eachView(async (view) => {
        const x = direction(10);
        const p = await view.preconditioner!();
        if (update.preconditioner === undefined) {
          must(p === "identity", "there is a preconditioner, where the rule has none");
        } else {
          must(typeof p === "object", `the preconditioner is ${p}, where the rule has one`);
          const scaled = x.map((v, i) => v / Math.sqrt(update.preconditioner![i]!));
          const found = await read(await p.inverseRoot(view.space.from(x)));
          expectNumbers(found, scaled, "P^(−½)·x");
        }
        const found = await read(await view.updateDirection!(view.space.from(x)));
        expectNumbers(found, update.direction(x), "the direction of the update");
      });
    },
  };
}

/** Each entry twice as often as the one before, so that no part is like another; not the same number of all. */
function repeated<T>(list: readonly T[]): T[] {
  return list.flatMap((entry, k) => Array.from({ length: MANY * 2 ** k + k }, () => entry));
}

/** tr A, from a product a column. */
async function traceOf<V>(block: Parameters<typeof multiply<V>>[0]): Promise<number> {
  let trace = 0;
  for (let k = 0; k < block.n; k++) {
    const unit = block.space.from(new Float64Array(block.n).fill(1, k, k + 1));
    trace += await block.space.dot(unit, await multiply(block, unit));
  }
  return trace;
}

/** What a call ends in: its value, or the error. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
