import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-backend-webgl";
import * as tf from "@tensorflow/tfjs-core";
import { disposeTree, linearize } from "./index.js";
import { ruleCases } from "./rules/cases/index.fixture.js";
import { checkRule, type RuleCheck } from "./testing/index.js";

/** What the page reports for one case. */
export interface BrowserResult {
  readonly name: string;
  /** Relative error of Hv. */
  readonly hvpError: number;
  readonly error?: string;
}

async function useBackend(backend: string): Promise<void> {
  setWasmPaths("/wasm/");
  // One shader for all shapes: most of the time goes into compiling.
  tf.env().set("WEBGL_USE_SHAPES_UNIFORMS", true);
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`the ${backend} backend does not start`);
  await tf.ready();
}

/** The whole table of cases against differences. */
async function againstDifferences(backend: string): Promise<BrowserResult[]> {
  await useBackend(backend);
  return allCases().map(({ name, check }) => {
    try {
      return { name, hvpError: checkRule(check).hvpError };
    } catch (error) {
      return { name, hvpError: Number.NaN, error: String(error) };
    }
  });
}

/**
 * Every so many of the table of cases against the cpu backend, whose products the differences confirm: on a GPU
 * that software imitates, differences of every case would take minutes.
 */
async function againstCpu(backend: string, step: number): Promise<BrowserResult[]> {
  const cases = allCases().filter((_, index) => index % step === 0);
  await useBackend("cpu");
  const expected = cases.map(({ check }) => derivatives(check));
  await useBackend(backend);
  return cases.map(({ name, check }, index) => {
    try {
      const before = tf.memory().numTensors;
      const actual = derivatives(check);
      const [gradientError, hvpError] = [0, 1].map((k) =>
        relativeError(actual[k]!, expected[index]![k]!),
      ) as [number, number];
      const leaked = tf.memory().numTensors - before;
      const fine = gradientError <= 1e-4 && hvpError <= 1e-4 && leaked === 0;
      const figures = `gradient ${gradientError}, Hv ${hvpError}, leaked ${leaked}`;
      return { name, hvpError, ...(!fine && { error: figures }) };
    } catch (error) {
      return { name, hvpError: Number.NaN, error: String(error) };
    }
  });
}

/** The losses of outsiders against PyTorch in float64. */
async function againstPyTorch(backend: string): Promise<BrowserResult[]> {
  await useBackend(backend);
  // Their inputs are tensors, made when they are loaded.
  const { outsiders } = await import("./outsiders/index.fixture.js");
  const { ALLOWED, judge } = await import("./outsiders/judge.fixture.js");
  return outsiders.map((outsider) => {
    try {
      const { loss, gradient, product, leaked } = judge(outsider);
      const fine = Math.max(loss, gradient, product) <= ALLOWED && leaked === 0;
      const figures = `loss ${loss}, gradient ${gradient}, Hv ${product}, leaked ${leaked}`;
      return { name: outsider.name, hvpError: product, ...(!fine && { error: figures }) };
    } catch (error) {
      return { name: outsider.name, hvpError: Number.NaN, error: String(error) };
    }
  });
}

const allCases = () =>
  Object.entries(ruleCases).flatMap(([group, cases]) =>
    cases.map((check) => ({ name: `${group}: ${check.name}`, check })),
  );

/** Gradient and Hessian product of Σ f + ½ Σ f², concatenated over the inputs. */
function derivatives({ f, inputs }: RuleCheck): [number[], number[]] {
  const point = Object.fromEntries(
    Object.entries(inputs).map(([key, { shape, values }]) => [key, tf.tensor(values, [...shape])]),
  );
  const linearization = linearize((p) => {
    const y = f(p);
    return tf.sum(tf.mul(y, tf.add(1, tf.mul(0.5, y))));
  }, point);
  const product = linearization.hvp(point);
  const flat = (tree: tf.NamedTensorMap) => Object.values(tree).flatMap((t) => [...t.dataSync()]);
  const result: [number[], number[]] = [flat(linearization.gradient), flat(product)];
  linearization.dispose();
  disposeTree(product);
  disposeTree(point);
  return result;
}

function relativeError(actual: number[], expected: number[]): number {
  const norm = (x: number[]) => Math.hypot(...x);
  return norm(expected.map((y, i) => y - actual[i]!)) / (norm(expected) || 1);
}

Object.assign(globalThis, { againstDifferences, againstCpu, againstPyTorch });
