/** Not in src: messages name the first caller outside of this package, which is this file. */

import {
  disposeTree,
  formatReport,
  hessian,
  layersModel,
  linearize,
  mse,
  UnrepeatableLossError,
  verify,
} from "@eoss/hvp";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import "../src/backend.fixture.js";
import { expectNoLeak } from "../src/expectations.fixture.js";
import { normalTensor } from "../src/tensors.fixture.js";

const L = tfl.layers;
const random = (shape: number[], id: number, scale = 1) =>
  normalTensor(stream(8, "layer state").fork(id), shape, scale);

type CallOptions = Parameters<tfl.layers.Layer["call"]>[1];

/** A layer of somebody's own that has every kind of state. */
class Remembering extends L.Layer {
  static className = "Remembering";
  calls = 0;
  note: tf.Tensor | undefined;
  readonly own = tf.variable(tf.scalar(0.25), false);
  kept: tf.Tensor = tf.keep(tf.scalar(0.5));
  late: tf.Tensor | null = null;
  readonly history: tf.Tensor[] = [];
  readonly inner = L.batchNormalization({ name: `inner${Math.floor(1e9 * Math.random())}` });

  override build(shape: tfl.Shape | tfl.Shape[]) {
    this.addWeight("slow", [], "float32", tfl.initializers.ones(), undefined, false);
    this.inner.build(shape);
    super.build(shape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions) {
    return tf.tidy(() => {
      const x = [inputs].flat()[0]!;
      const slow = this.weights[0]!;
      this.calls += 1;
      const mean = tf.mean(x);
      const total = tf.addN([mean, this.own, this.kept, slow.read(), this.late ?? tf.scalar(0)]);
      this.own.assign(tf.scalar(3));
      slow.write(tf.add(slow.read(), mean) as never);
      this.kept.dispose();
      this.kept = tf.keep(tf.clone(mean));
      this.late ??= tf.keep(tf.scalar(7));
      this.history.push(tf.keep(tf.clone(mean)));
      this.note = tf.keep(tf.mul(mean, mean));
      return tf.add(this.inner.call(x, options) as tf.Tensor, total);
    });
  }
}

/** All that a model and its layers hold, in numbers. */
function everything(model: tfl.LayersModel, more: tfl.layers.Layer[] = []): unknown {
  const numbers = (x: tf.Tensor) => [...x.dataSync()];
  const layers = [...model.layers, ...more];
  const fields = layers.map((layer) => {
    const { states_, keptStates, cell, calls, own, kept, late, history } = layer as never as {
      states_?: tf.Tensor[];
      keptStates?: tf.Tensor[][];
      cell?: { dropoutMask: unknown; recurrentDropoutMask: unknown };
    } & Partial<Remembering>;
    return {
      states: states_?.map(numbers),
      keptStates: keptStates?.flat().map(numbers),
      masks: cell && [cell.dropoutMask, cell.recurrentDropoutMask],
      calls,
      own: own && numbers(own),
      kept: kept && numbers(kept),
      late,
      history: history?.map(numbers),
    };
  });
  return {
    weights: model.weights.map((w) => numbers(w.read())),
    more: more.flatMap((layer) => layer.weights.map((w) => numbers(w.read()))),
    fields,
  };
}

const settled = (model: tfl.LayersModel) => {
  model.setWeights(
    model.getWeights().map((w, index) => {
      // Kernels are drawn anew each time that a model is made: not these.
      if (w.rank > 1) return random(w.shape, index, 0.5);
      return tf.add(w, random(w.shape, index, 0.2)) as tf.Tensor;
    }),
  );
  return model;
};

const sequence = [4, 3, 2]; // samples, steps, features
const settable = { recurrentInitializer: "glorotUniform" } as const; // the default has a fault in Node
const rnn = { batchInputShape: sequence, units: 3, stateful: true, ...settable };
const models: Record<
  string,
  () => { model: tfl.LayersModel; more?: tfl.layers.Layer[]; x: number[] }
> = {
  "batch normalisation": () => ({
    model: tfl.sequential({
      layers: [
        L.dense({ inputShape: [3], units: 4 }),
        L.batchNormalization(),
        L.dense({ units: 2 }),
      ],
    }),
    x: [8, 3],
  }),
  "in a nested model": () => {
    const inner = tfl.sequential({
      layers: [L.dense({ inputShape: [3], units: 4 }), L.batchNormalization()],
    });
    return { model: tfl.sequential({ layers: [inner, L.dense({ units: 2 })] }), x: [8, 3] };
  },
  "in a wrapper over time": () => {
    const layer = L.batchNormalization();
    return {
      model: tfl.sequential({
        layers: [
          L.timeDistributed({ inputShape: [3, 2], layer }),
          L.flatten(),
          L.dense({ units: 2 }),
        ],
      }),
      x: [8, 3, 2],
    };
  },
  "a layer used twice": () => {
    const input = tfl.input({ shape: [3] });
    const norm = L.batchNormalization();
    const dense = L.dense({ units: 3, activation: "tanh" });
    const once = norm.apply(dense.apply(input)) as tfl.SymbolicTensor;
    const twice = norm.apply(dense.apply(once)) as tfl.SymbolicTensor;
    return { model: tfl.model({ inputs: input, outputs: twice }), x: [8, 3] };
  },
  "a stateful LSTM": () => ({
    model: tfl.sequential({ layers: [L.lstm(rnn as never), L.dense({ units: 2 })] }),
    x: sequence,
  }),
  "a stateful GRU": () => ({
    model: tfl.sequential({ layers: [L.gru(rnn as never), L.dense({ units: 2 })] }),
    x: sequence,
  }),
  "a stateful simple RNN": () => ({
    model: tfl.sequential({ layers: [L.simpleRNN(rnn as never), L.dense({ units: 2 })] }),
    x: sequence,
  }),
  "stacked cells": () => ({
    model: tfl.sequential({
      layers: [
        L.rnn({
          batchInputShape: sequence,
          stateful: true,
          cell: L.stackedRNNCells({
            cells: [L.lstmCell({ units: 3, ...settable }), L.gruCell({ units: 2, ...settable })],
          }),
        } as never),
        L.dense({ units: 2 }),
      ],
    }),
    x: sequence,
  }),
  "both directions": () => {
    const layer = L.bidirectional({
      layer: L.lstm({ units: 3, stateful: true, ...settable }) as never,
      batchInputShape: sequence,
      mergeMode: "concat",
    } as never);
    const { forwardLayer, backwardLayer } = layer as never as Record<string, tfl.layers.Layer>;
    return {
      model: tfl.sequential({ layers: [layer, L.dense({ units: 2 })] }),
      more: [forwardLayer!, backwardLayer!],
      x: sequence,
    };
  },
  "somebody's own layer": () => {
    const layer = new Remembering({ inputShape: [3] } as never);
    return {
      model: tfl.sequential({ layers: [layer, L.dense({ units: 2 })] }),
      more: [layer.inner],
      x: [8, 3],
    };
  },
};

describe("a model that was looked at is as it was", () => {
  describe.each([true, false])("training: %s", (training) => {
    it.each(Object.entries(models))("%s", (_, make) => {
      const { model, more, x: shape } = make();
      settled(model);
      const { params, apply } = layersModel(model, { training });
      const x = random(shape, 100);
      const y = random([shape[0]!, model.outputs[0]!.shape[1]!], 101);
      // States that are not zero, as in the middle of a sequence.
      for (let call = 0; call < 2; call++) disposeTree([model.apply(x) as tf.Tensor]);
      const before = everything(model, more);
      const loss = (p: typeof params) => mse(apply(p, x), y);
      const expectAsBefore = () => expect(everything(model, more)).toEqual(before);
      expectNoLeak(() => {
        const first = linearize(loss, params);
        const [value] = first.loss.dataSync();
        first.dispose();
        expectAsBefore();
        const second = linearize(loss, params);
        expect(second.loss.dataSync()[0]).toBe(value);
        disposeTree(second.hvp(params));
        second.dispose();
        expectAsBefore();
        const operator = hessian({
          params,
          chunks: [{ loss, weight: 1 }],
          retainBytes: 0,
          reduce: true,
        });
        operator.apply(new Float64Array(operator.n), new Float64Array(operator.n));
        operator.dispose();
        expectAsBefore();
        const report = verify(loss, params);
        expect(report.verdict, formatReport(report)).toBe("agrees");
        expectAsBefore();
        const failing = (p: typeof params) => {
          apply(p, x);
          throw new Error("on purpose");
        };
        expect(() => linearize(failing, params)).toThrow("on purpose");
        expectAsBefore();
        const ill = (p: typeof params) => mse(apply(p, tf.zeros([1, 1, 1, 1])), y);
        expect(() => linearize(ill, params)).toThrow();
        expectAsBefore();
      });
      // Called plainly, too, and the output is the caller's.
      const output = apply(params, x);
      expect(output.dataSync().every(Number.isFinite)).toBe(true);
      output.dispose();
      const { weights } = everything(model) as { weights: unknown };
      expect(weights).toEqual((before as { weights: unknown }).weights);
      tf.dispose([x, y]);
    });
  });

  it("a plain loss that assigns a variable", () => {
    const w = tf.tensor1d([1, 2]);
    const mean = tf.variable(tf.scalar(5));
    const loss = ({ w }: { w: tf.Tensor }) => {
      mean.assign(tf.scalar(mean.dataSync()[0]! + 1));
      return tf.sum(tf.mul(tf.square(w), mean));
    };
    const { gradient, dispose } = linearize(loss, { w });
    expect([...gradient.w.dataSync()]).toEqual([12, 24]);
    expect(mean.dataSync()[0]).toBe(5);
    dispose();
    expect(verify(loss, { w }).verdict).toBe("agrees");
    tf.dispose([w, mean]);
  });

  it("a loss that a layer notes can be read", () => {
    const layer = new Remembering({ inputShape: [3] } as never);
    const model = tfl.sequential({ layers: [L.dense({ inputShape: [3], units: 3 }), layer] });
    settled(model);
    disposeTree([model.apply(random([1, 3], 2)) as tf.Tensor]);
    const { params, apply } = layersModel(model);
    const x = random([4, 3], 1) as tf.Tensor2D;
    const report = verify((p) => tf.add(tf.sum(apply(p, x)), layer.note!), params);
    expect(report.verdict, formatReport(report)).toBe("agrees");
    const [kernel, bias] = Object.entries(params).map(([name]) => name) as [string, string];
    for (const scale of [1, 2]) {
      const scaled = { ...params, [bias]: tf.fill([3], scale) };
      apply(scaled, x).dispose();
      const mean = tf.mean(tf.add(tf.matMul(x, params[kernel] as tf.Tensor2D), scale));
      expect(layer.note!.dataSync()[0]).toBeCloseTo(mean.dataSync()[0]! ** 2, 4);
    }
  });
});

const x = () => random([6, 5], 3);
const withLayer = (layer: tfl.layers.Layer) =>
  tfl.sequential({
    layers: [L.dense({ inputShape: [5], units: 6 }), layer, L.dense({ units: 2 })],
  });
const randomLayers: Record<string, () => tfl.LayersModel> = {
  dropout: () => withLayer(L.dropout({ rate: 0.5 })),
  gaussianNoise: () => withLayer(L.gaussianNoise({ stddev: 0.1 })),
  gaussianDropout: () => withLayer(L.gaussianDropout({ rate: 0.3 })),
  alphaDropout: () => withLayer(L.alphaDropout({ rate: 0.3 })),
  lstm: () =>
    tfl.sequential({
      layers: [
        L.reshape({ inputShape: [5], targetShape: [5, 1] }),
        L.lstm({ units: 3, dropout: 0.4, recurrentDropout: 0.4, ...settable }),
        L.dense({ units: 2 }),
      ],
    }),
  nested: () =>
    tfl.sequential({
      layers: [
        tfl.sequential({ layers: [L.dropout({ inputShape: [5], rate: 0.5 })] }),
        L.dense({ units: 2 }),
      ],
    }),
};

describe("a loss that is random", () => {
  it.each(Object.entries(randomLayers))("%s: refused, or fixed by a seed", (_, make) => {
    const model = settled(make());
    const y = random([6, 2], 4);
    const inputs = x();
    expectNoLeak(() => {
      const { params, apply } = layersModel(model, { training: true });
      const loss = (p: typeof params) => mse(apply(p, inputs), y);
      for (const look of [linearize, verify]) {
        expect(() => look(loss, params)).toThrow(UnrepeatableLossError);
        expect(() => look(loss, params)).toThrow(
          /Math\.random in \w+, called at .*layerState.test.ts/,
        );
        expect(() => look(loss, params)).toThrow(/seed: 1/);
      }
      const fixed = layersModel(model, { training: true, seed: 2 });
      const report = verify((p) => mse(fixed.apply(p, inputs), y), params);
      expect(report.verdict, formatReport(report)).toBe("agrees");
      const other = layersModel(model, { training: true, seed: 3 });
      const values = [fixed, other].map(({ apply }) => {
        const output = apply(params, inputs);
        const first = output.dataSync()[0];
        output.dispose();
        return first;
      });
      expect(values[0]).not.toBe(values[1]);
    });
    expect(Math.random()).not.toBe(Math.random());
  });

  it("plain ops: a seed fixes them", () => {
    const w = tf.ones([20]);
    const seeded = (seed?: number) => (p: { w: tf.Tensor }) =>
      tf.sum(tf.square(tf.dropout(p.w, 0.5, undefined, seed)));
    expect(() => linearize(seeded(), { w })).toThrow("Math.random in dropout");
    expect(() => verify(seeded(), { w })).toThrow(UnrepeatableLossError);
    expect(verify(seeded(3), { w }).verdict).toBe("agrees");
    expect(() => linearize(({ w }) => tf.mul(tf.sum(w), Math.random()), { w })).toThrow(
      /Math\.random, called at .*layerState/,
    );
  });

  it("other sources are found by verify, and the op that they enter is named", () => {
    const w = tf.ones([4]);
    let calls = 0;
    const counting = ({ w }: { w: tf.Tensor }) => tf.sum(tf.square(tf.mul(w, (calls += 1))));
    expect(() => verify(counting, { w })).toThrow(UnrepeatableLossError);
    expect(() => verify(counting, { w })).toThrow(/Multiply.*called at .*layerState/);
    const growing = ({ w }: { w: tf.Tensor }) => {
      calls += 1;
      return tf.sum(calls % 2 ? tf.square(w) : tf.tanh(w));
    };
    expect(() => verify(growing, { w })).toThrow(UnrepeatableLossError);
  });

  it("a draw that does not matter is none, as of weights that are built once", () => {
    const layer = L.dense({ units: 1 });
    const w = random([4, 3], 6);
    expect(() => linearize(({ w }) => tf.sum(layer.apply(w) as tf.Tensor), { w })).not.toThrow();
    expect(() => linearize(({ w }) => tf.add(tf.sum(w), 0 * Math.random()), { w })).not.toThrow();
  });

  it("an operator that runs its loss again sees that it is another one", () => {
    const w = tf.ones([4]);
    let calls = 0;
    const loss = (p: { w: tf.Tensor }) => tf.mul(tf.sum(tf.square(p.w)), (calls += 1));
    const operator = hessian({ params: { w }, chunks: [{ loss, weight: 1 }], retainBytes: 0 });
    expect(() => operator.apply(new Float64Array(4), new Float64Array(4))).toThrow(
      UnrepeatableLossError,
    );
    operator.dispose();
  });
});
