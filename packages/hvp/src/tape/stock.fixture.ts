import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Differentiator, ParameterTree } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { build, type Rollup } from "vite";

/**
 * Registers the gradient rules of tfjs itself, for tests that must show them to be wrong.
 *
 * The Node entry of tfjs registers none, and its module that does cannot be loaded as it stands:
 * so it is bundled first. All copies of tfjs share one engine and one registry.
 */
export async function registerStockGradients(): Promise<void> {
  const core = createRequire(import.meta.url).resolve("@tensorflow/tfjs-core/package.json");
  const bundled = (await build({
    configFile: false,
    logLevel: "silent",
    build: {
      lib: { entry: join(core, "../dist/register_all_gradients.js"), formats: ["es"] },
      write: false,
      minify: false,
    },
  })) as Rollup.RollupOutput[];
  const folder = await mkdtemp(join(tmpdir(), "stock-gradients-"));
  const file = join(folder, "gradients.mjs");
  await writeFile(file, bundled[0]!.output[0].code);
  await import(/* @vite-ignore */ pathToFileURL(file).href);
  await rm(folder, { recursive: true });
}

/**
 * Derivatives by differentiating tfjs' own gradient again: silently wrong for many ops.
 *
 * Parameters that tfjs finds no path to have the derivative zero.
 */
export const stockTfjs: Differentiator = {
  gradient: (loss, params) =>
    toTree(
      params,
      tf.tidy(() => stockGradients(loss, params)(leavesOf(params))),
    ),
  hvp: (loss, params, v) =>
    toTree(
      params,
      tf.tidy(() => {
        const slope = (...leaves: tf.Tensor[]) =>
          stockGradients(
            loss,
            params,
          )(leaves)
            .map((g, index) => tf.sum(tf.mul(g, leavesOf(v)[index]!)))
            .reduce((total, part) => tf.add(total, part));
        return gradients(slope, leavesOf(params));
      }),
    ),
};

const leavesOf = (params: ParameterTree) => Object.values(params) as tf.Tensor[];

const stockGradients = (loss: Loss, params: ParameterTree) => (leaves: tf.Tensor[]) =>
  gradients((...inner) => loss(toTree(params, inner)), leaves);

function gradients(f: (...leaves: tf.Tensor[]) => tf.Tensor, leaves: tf.Tensor[]): tf.Tensor[] {
  const { grads } = tf.engine().gradients(() => f(...leaves), leaves, undefined, true);
  return grads.map((g, index) => g ?? tf.zerosLike(leaves[index]!));
}

function toTree(params: ParameterTree, leaves: tf.Tensor[]): ParameterTree {
  if (Array.isArray(params)) return leaves;
  return Object.fromEntries(Object.keys(params).map((name, index) => [name, leaves[index]!]));
}

type Loss = Parameters<Differentiator["gradient"]>[0];
