import { defineDataset } from "@eoss/data";
import { z } from "zod";

/**
 * A teacher: y = tanh(w·x), with x ~ N(0, I) and a fixed direction w, plus noise.
 */
export default defineDataset({
  name: "teacher",
  description: "numbers that a single tanh unit gives, with noise",
  options: z.object({
    points: z.number().int().min(2).default(200).describe("training samples"),
    features: z.number().int().min(1).default(5).describe("numbers of one input"),
    noise: z.number().min(0).default(0.1).describe("standard deviation of the noise"),
  }),
  load({ points, features, noise }, { random }) {
    const direction = random.fork(0).normals(features);
    const samples = (stream, count) => {
      const inputs = Float32Array.from(stream.fork(0).normals(count * features));
      const errors = stream.fork(1).normals(count);
      const targets = Float32Array.from({ length: count }, (_, i) => {
        let product = 0;
        for (let k = 0; k < features; k++) product += direction[k] * inputs[i * features + k];
        return Math.tanh(product) + noise * errors[i];
      });
      return { inputs, targets };
    };
    return {
      inputShape: [features],
      task: { kind: "regression", outputs: 1 },
      train: samples(random.fork(1), points),
      test: samples(random.fork(2), 100),
      source: "a single tanh unit with noise, made by eoss-data-template",
    };
  },
});
