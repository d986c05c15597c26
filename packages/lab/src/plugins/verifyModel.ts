import { type VerifyReport, verify } from "@eoss/hvp";
import { readsLater } from "@eoss/hvp/internal";
import { models } from "@eoss/models";
import { stream } from "@eoss/rng";
import { ConfigError, type VerifyConfig } from "@eoss/run";
import { batchTensors, checkTargets, lossSetting, seedOf } from "@eoss/run/internal";
import { dispose } from "@tensorflow/tfjs-core";
import { loadBackend } from "../machine/backend.js";
import { checkedModel } from "./checkedModel.js";
import { openData } from "./openData.js";
import { trainingPlugins } from "./trainingPlugins.js";

/** Samples on which coupling is looked for. */
const COUPLING = 130;

const isBuiltIn = ({ model }: VerifyConfig) => Object.hasOwn(models, model);

/**
 * Checks the derivatives of a network and a loss on real samples: gradient, Hessian and Gauss–Newton
 * products against differences and definitions, tensor by tensor.
 *
 * @throws ConfigError, ModelContractError, DatasetError if it cannot start as asked
 * @throws UnverifiedOpError if the network uses an op without a verified second derivative
 */
export async function verifyModel(
  config: VerifyConfig,
): Promise<VerifyReport & { backend: string }> {
  const data = await openData(config, ["train"]);
  const dataset = data.split({ samples: config.samples });
  const plugins = await trainingPlugins(config);
  const { kind, head } = lossSetting(config.loss, plugins.losses);
  checkTargets(dataset, kind, []);
  const backend = await loadBackend(config.backend);
  if (readsLater()) {
    throw new ConfigError(
      `a verification needs numbers at once, and the ${backend} backend gives them only later: use --backend wasm; ` +
        "eoss doctor compares a Hessian product of this backend with its closed form",
    );
  }
  // A coupling may begin in batches that are larger than a check of derivatives needs.
  const model = await checkedModel(
    config,
    isBuiltIn(config) ? dataset : data.split({ samples: COUPLING }),
  );
  const params = model.init(stream(seedOf(config, "init"), "init"), {
    scheme: config.init,
    scale: config["init-scale"],
  });
  const all = Int32Array.from({ length: dataset.samples }, (_, index) => index);
  const { x, y } = batchTensors(dataset, all);
  try {
    const report = verify((p) => head(model.apply(p, x), y), params, {
      seed: config.seed,
      composition: { outputs: (p) => model.apply(p, x), loss: (outputs) => head(outputs, y) },
    });
    return { ...report, backend };
  } finally {
    dispose([params, x, y]);
  }
}
