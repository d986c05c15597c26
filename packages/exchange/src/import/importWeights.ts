import { basename } from "node:path";
import { begin, type GivenParameters, type Network } from "@eoss/lab";
import { checkTypedOptions, needed, oneOf, text } from "@eoss/rng/internal";
import { ConfigError, type RunManifest, type TrainConfig } from "@eoss/run";
import { type Layout, layouts, placer, shapeHere, TORCH_MODELS } from "./layout.js";
import { type Match, MismatchError, match } from "./match.js";
import { readWeights } from "./readWeights.js";
import type { GivenTensors } from "./weightsFile.js";

export interface ImportOptions {
  /** Folder of the run; must not hold one yet. */
  readonly out: string;
  /** Default: what the names of the file say, `LAYER.weight` (torch) or `LAYER.kernel` (tf). */
  readonly layout?: Layout | undefined;
}

export interface Imported {
  readonly directory: string;
  readonly layout: Layout;
  readonly mapping: readonly string[];
  readonly manifest: RunManifest;
}

/**
 * Begins a run with weights from elsewhere: safetensors, or NumPy's `.npz` or `.npy`. The run stands at
 * step 0; the settings are those of `train`, of which the initialisation has no part.
 *
 * Nothing is guessed: what is not clear from names and shapes is an error, and what was done with each
 * tensor is in the result and in `run.json`.
 *
 * @throws ConfigError if the file cannot be read or does not fit; else as `train`
 */
export async function importWeights(
  file: string,
  config: TrainConfig,
  options: ImportOptions,
): Promise<Imported> {
  checkTypedOptions("importWeights", options, {
    ...{ out: needed(text), layout: oneOf(...layouts) },
  });
  const { out, layout: asked } = options;
  const tensors = withoutState(readWeights(file));
  const layout = asked ?? layoutOf(file, tensors);
  const manifest = await begin(config, {
    out,
    source: basename(file),
    parametersFor: (network) => parametersOf(file, tensors, network, layout),
  });
  return { directory: out, layout, mapping: manifest.initial!.mapping, manifest };
}

/** Of a checkpoint of a run, the parameters. */
function withoutState(tensors: GivenTensors): GivenTensors {
  const isOurs = [...tensors.keys()].every((name) => /^(params|slots|memory|noise)\//.test(name));
  if (!isOurs) return tensors;
  return new Map(
    [...tensors].flatMap(([name, tensor]) =>
      name.startsWith("params/") ? [[name.slice("params/".length), tensor]] : [],
    ),
  );
}

/** By the names of kernels: a square one has the same shape either way. */
function layoutOf(file: string, tensors: GivenTensors): Layout {
  const words = [...tensors]
    .filter(([, { shape }]) => shape.length >= 2)
    .map(([name]) => /(?:^|[./])(weight|kernel)(?::0)?$/.exec(name)?.[1]);
  if (words.every((word) => word === "weight")) return "torch";
  if (words.every((word) => word === "kernel")) return "tf";
  throw new ConfigError(
    `${file}: the layout of its kernels is not clear from the names of its tensors (weight: PyTorch, kernel: ` +
      "TensorFlow, not both): give --layout torch for [out, in] or --layout tf for [in, out]. It has " +
      listOf(tensors),
  );
}

function parametersOf(
  file: string,
  tensors: GivenTensors,
  network: Network,
  layout: Layout,
): GivenParameters {
  if (layout === "torch" && !TORCH_MODELS.includes(network.name)) {
    throw new ConfigError(
      `${file} has kernels in PyTorch's layout, which is supported only for ${TORCH_MODELS.join(", ")}, ` +
        `not for ${network.name}; write them in the layout of the network, with its names, and give ` +
        `--layout tf: ${listOf(network.parameters)}`,
    );
  }
  const place = placer(network, layout);
  const pairs = matched(file, tensors, network, layout).map(([{ name, shape }, theirs]) => {
    const tensor = tensors.get(theirs)!;
    const wrong = tensor.values.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) throw new ConfigError(`${file}: ${plain(theirs)} holds ${wrong}`);
    const { values, done } = place(tensor);
    const changes = [done, tensor.rounded ? "rounded to float32" : ""].filter(
      (text) => text !== "",
    );
    const note = changes.length > 0 ? `, ${changes.join(", ")}` : "";
    return {
      name,
      tensor: { shape, values },
      text: `${name} [${shape}] = ${plain(theirs)}${note}`,
    };
  });
  return {
    tensors: new Map(pairs.map(({ name, tensor }) => [name, tensor])),
    mapping: pairs.map(({ text }) => text),
  };
}

function matched(file: string, tensors: GivenTensors, network: Network, layout: Layout): Match {
  try {
    return match(network, tensors, layout);
  } catch (error) {
    if (!(error instanceof MismatchError)) throw error;
    const here = [...tensors].map(([name, { shape }]) => ({
      name,
      shape: shapeHere(shape, layout),
    }));
    throw new ConfigError(
      `${file} does not fit the network ${network.name}: ${plain(error.message)}\n` +
        `  the file has ${listOf(tensors)}\n` +
        (layout === "torch" ? `  in eoss's layout: ${listOf(here)}\n` : "") +
        `  the network has ${listOf(network.parameters)}\n` +
        "Set --model, --width and --model-options to the network of the weights; --layout is the layout " +
        `of kernels, here ${layout}.`,
    );
  }
}

const SHOWN = 60;

function listOf(
  tensors: GivenTensors | readonly { readonly name: string; readonly shape: readonly number[] }[],
): string {
  const all =
    tensors instanceof Map
      ? [...(tensors as GivenTensors)].map(([name, { shape }]) => `${name} [${shape}]`)
      : (tensors as Network["parameters"]).map(({ name, shape }) => `${name} [${shape}]`);
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : "";
  return plain(all.slice(0, SHOWN).join(", ")) + more;
}

/** Names come from the file: in a terminal they are text and nothing else. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
