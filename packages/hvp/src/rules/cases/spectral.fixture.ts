import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample } from "../../testing/index.js";

const x = sample([2, 5]);
const y = sample([2, 5], { seed: 1 });

/** Real and imaginary part, weighted, of a complex result. */
const parts = (z: tf.Tensor) => tf.concat([tf.real(z), tf.mul(tf.imag(z), 1.5)]);

type Arithmetic = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Complex numbers, which only the cpu backend and the native one have kernels for. */
export const spectralCases: RuleCheck[] = [
  { name: "complex", f: (p) => parts(tf.complex(p.x!, p.y!)), inputs: { x, y } },
  { name: "abs", f: (p) => tf.abs(tf.complex(p.x!, p.y!)), inputs: { x, y } },
  { name: "fft", f: (p) => parts(tf.fft(tf.complex(p.x!, p.y!))), inputs: { x, y } },
  { name: "ifft", f: (p) => parts(tf.ifft(tf.complex(p.x!, p.y!))), inputs: { x, y } },
  {
    name: "fft of real numbers",
    f: (p) => parts(tf.fft(tf.cast(p.x!, "complex64"))),
    inputs: { x },
  },
  { name: "rfft", f: (p) => parts(tf.spectral.rfft(p.x!)), inputs: { x } },
  { name: "rfft, cut", f: (p) => parts(tf.spectral.rfft(p.x!, 4)), inputs: { x } },
  { name: "rfft, widened", f: (p) => parts(tf.spectral.rfft(p.x!, 8)), inputs: { x } },
  {
    name: "power spectrum",
    f: (p) => tf.square(tf.abs(tf.spectral.rfft(p.x!))),
    inputs: { x },
  },
  {
    name: "irfft",
    f: (p) => tf.spectral.irfft(tf.complex(p.x!, p.y!)),
    inputs: { x: sample([1, 4]), y: sample([1, 4], { seed: 1 }) },
  },
  {
    name: "convolution by transforms",
    f: (p) =>
      tf.real(
        tf.ifft(tf.mul(tf.fft(tf.cast(p.x!, "complex64")), tf.fft(tf.cast(p.y!, "complex64")))),
      ),
    inputs: { x, y },
  },
  {
    name: "short-time transform",
    f: (p) =>
      tf.abs(
        tf.signal.stft(tf.reshape(p.x!, [10]) as tf.Tensor1D, 4, 2, 4, tf.signal.hammingWindow),
      ),
    inputs: { x: sample([2, 5], { low: 2, high: 9, seed: 4 }) },
  },
  ...(
    [
      ["add", tf.add],
      ["sub", tf.sub],
      ["mul", tf.mul],
    ] as Array<[string, Arithmetic]>
  ).flatMap(([name, op]) => [
    {
      name: `complex ${name}`,
      f: (p: Record<string, tf.Tensor>) =>
        parts(op(tf.complex(p.x!, p.y!), tf.complex(p.y!, tf.square(p.x!)))),
      inputs: { x, y },
    },
    {
      name: `complex ${name} with real numbers`,
      f: (p: Record<string, tf.Tensor>) => parts(op(tf.complex(p.x!, p.y!), p.y!)),
      inputs: { x, y },
    },
  ]),
];
