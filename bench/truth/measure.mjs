import { writeFileSync } from "node:fs";
import { loadDataset } from "@eoss/data/node";
import { models } from "@eoss/models";
import { measureNow, modelFromSettings, parseTrainConfig, planOf, Trainer } from "@eoss/run";
import { errorOf, quantities } from "@eoss/sharpness";
import { settingsOf } from "./regimes.mjs";

const numbers = (array) => Array.from(array);

/**
 * Trains in a regime and measures every quantity on the way, as a run does.
 *
 * @param file is given all that is needed to know the truth: data, and parameters, optimizer state and
 *   step batch at each measurement
 * @param names of the quantities, all of them if left out
 * @returns the measurements, by step: value, half the width of the interval, and status
 */
export async function measureRegime(regime, file, names = Object.keys(quantities)) {
  const config = parseTrainConfig(settingsOf(regime, names));
  const dataset = await loadDataset(config.data, { samples: config.samples });
  const heldOut = await loadDataset(config.data, { samples: config.samples, split: "test" });
  const model = modelFromSettings(models[config.model], config, dataset);
  const plan = planOf(config, dataset.samples);
  const trainer = new Trainer({
    config,
    dataset,
    heldOut,
    model,
    plan,
    quantities: names.map((name) => quantities[name]),
    backend: config.backend,
    workers: 1,
  });
  const memory = new Map();
  const points = [];
  const measured = [];
  for (;;) {
    const { step } = trainer;
    if (step % config.every === 0) {
      const { state } = await trainer.position();
      const ofAll = (values) => model.parameters.map(({ name }) => numbers(values[name].values));
      points.push({
        step,
        updates: state.step - state.start,
        params: ofAll(state.params),
        slots: Object.fromEntries(
          Object.entries(state.slots).map(([slot, values]) => [slot, ofAll(values)]),
        ),
        stepBatch: numbers(trainer.problem().stepBatch),
      });
      const found = await measureNow(trainer, memory, async () => {});
      measured.push({
        step,
        values: Object.fromEntries(
          found.map((one) => [
            one.quantity,
            {
              value: one.value,
              error: errorOf(one),
              errorBound: one.errorBound ?? 0,
              status: one.status,
              seconds: one.seconds,
            },
          ]),
        ),
      });
    }
    if (step === config.steps) break;
    const { loss } = await trainer.update();
    if (!Number.isFinite(loss)) break;
  }
  trainer.dispose();
  const set = ({ images, labels, samples }) => ({
    images: numbers(images),
    labels: numbers(labels),
    size: samples,
  });
  const { learningRate, optimizer } = trainer.settings;
  writeFileSync(
    file,
    JSON.stringify({
      data: set(dataset),
      heldOut: set(heldOut),
      inputShape: dataset.inputShape,
      classes: dataset.classes,
      parameters: model.parameters.map(({ name, shape }) => ({ name, shape })),
      settings: {
        loss: config.loss,
        activation: config.activation ?? "relu",
        batch: trainer.settings.batchSize,
        lr: learningRate,
        optimizer,
        top: config.top,
      },
      points,
    }),
  );
  return measured;
}
