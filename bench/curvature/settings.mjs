/**
 * The networks of the paper, how they are trained before they are measured, and `chunk`: samples that
 * the peers send through a network together when they multiply with the full-batch Hessian. Larger
 * chunks of a convolutional network fall out of the cache: 1,024 samples in chunks of 128 take PyTorch
 * half as long as at once.
 */
export const networks = {
  mlp: { learningRate: 0.01, batchSize: 16, scale: 0.2, chunk: 1024 },
  cnn: { learningRate: 0.02, batchSize: 8, scale: 0.3, chunk: 128 },
  resnet10: { learningRate: 0.02, batchSize: 8, scale: 0.2, chunk: 128 },
};

/** What is measured, to an error of 1 %. */
export const jobs = {
  minibs16: "λmax of single batches of 16, each from scratch",
  minibs128: "λmax of single batches of 128, each from scratch",
  fullbs: "λmax of the full batch, from scratch",
  tracked: "λmax of the full batch at successive checkpoints of a run",
  fullbs1024: "λmax of the loss over 1,024 samples, from scratch",
  tracked1024: "λmax of the loss over 1,024 samples at successive checkpoints of a run",
};

/** Unless told otherwise; those of 1,024 samples are for networks that are slow on all. */
export const usualJobs = ["minibs16", "minibs128", "fullbs", "tracked"];

/** Who measures, with the stop rule of each. */
export const peers = {
  eoss: "`@eoss/sharpness` at a tolerance of 2 %, error bound ≤ 1 %; wasm backend, a thread each of its workers",
  "eoss-native": "the same on the native backend of tfjs, which has threads of its own",
  pyhessian: "PyHessian `eigenvalues(tol=1e-2)`: power iteration, change of the value",
  curvlinops: 'curvlinops `HessianLinearOperator` in SciPy `eigsh(which="LA", tol=1e-2)`',
  eigenthings:
    'hessian-eigenthings `lanczos(which="LA", tol=1e-2)`, `max_iter` = 20, 40, 80, … until it says `converged`',
  lobpcg:
    "LOBPCG in PyTorch, double backward, three products in each iteration (iterate, residual, direction), residual ≤ 1 %",
  jax: "JAX `jvp` of `grad`, compiled, Lanczos with full reorthogonalisation, residual ≤ 1 %",
};

/** How much of it: the whole, or enough to see that every path runs. */
const sizes = {
  full: { samples: 8192, batches: 32, checkpoints: 10, steps: 1000 },
  quick: { samples: 128, batches: 2, checkpoints: 2, steps: 20 },
};

export const sizesOf = (quick) => (quick ? sizes.quick : sizes.full);
