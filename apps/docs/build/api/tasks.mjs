// What one does with each part of a package: the titles of the API, in the order in which they are read.

/**
 * The folders of an entry's sources, each with its task. What stands in no folder has the name "."; parts that
 * others are built from come last.
 */
const TASKS = {
  eigen: {
    lanczos: "Eigenvalues of a symmetric operator",
    subspace: "Eigenvalues with a preconditioner or a filter",
    generalized: "Eigenvalues of a pencil, A·v = λ·B·v",
    nonsymmetric: "Eigenvalues of an operator that is not symmetric",
    singular: "Singular values",
    functions: "Norms, condition, functions of an operator",
    trace: "Trace and diagonal",
    quadrature: "Density of the spectrum",
    linear: "Linear systems and least squares",
    operators: "Operators: dense, sparse, put together",
    vectors: "Vectors of other kinds",
    bounds: "Bounds on the spectra of random matrices",
    certificates: "Bounds on the errors of eigenvalues",
    dense: "Small dense matrices",
    solver: "What all solvers share",
  },
  hvp: {
    operators: "Products with Hessian, Gauss–Newton, Fisher and NTK",
    derivatives: "Derivatives of any function of tensors",
    problem: "Losses over batches",
    losses: "Losses",
    layers: "Keras models",
    parameters: "Parameters as one vector",
    rules: "Rules of derivatives of your own",
    verify: "Checks of a loss by differences",
    reduce: "Sums",
    tape: "Constants of a loss",
    ".": "Errors and settings",
  },
  sgd: {
    optimizers: "Optimizers",
    samplers: "Samplers of batches",
    schedules: "Schedules and interventions",
    ".": "Errors and settings",
    internal: "What is shared",
  },
  sharpness: {
    tfjs: "Measure a TensorFlow.js loss",
    registry: "Quantities",
    measuring: "Measure while a network trains",
    statistics: "Errors, intervals and plateaus",
    loss: "Losses of any framework",
    search: "Searches for eigenvalues",
    ".": "Errors",
  },
  run: {
    settings: "Settings",
    training: "Training, with measurements",
    formats: "Files of a run",
    analysis: "Runs that are read",
    text: "Words for numbers",
  },
  report: {
    page: "Reports",
    figures: "Figures",
    text: "Tables and sentences",
  },
  lab: {
    run: "Train, measure, resume, fork",
    folder: "Folders of runs",
    plugins: "Models, data and rules of others",
    processes: "Many runs at once",
    machine: "Backends and this machine",
    ".": "Version",
  },
  experiments: {
    recipes: "Recipes of the paper",
    sweep: "Sweeps",
    compare: "Comparisons",
    figures: "Figures",
    ".": "The demo, and data for PyTorch",
  },
  exchange: {
    export: "Out: tables and logs",
    query: "SQL over runs",
    import: "In: results and weights",
    runs: "Find runs",
    table: "The table of a run",
  },
  "data/node": {
    ".": "Open data",
    official: "Official files",
    cifar10: "CIFAR-10",
    internal: "What is shared",
  },
};

/** Title and place of a folder of an entry; an entry without tasks has all in one. */
export function taskOf(entry, folder) {
  const tasks = TASKS[entry];
  if (tasks === undefined) return { title: undefined, order: 0 };
  if (!(folder in tasks))
    throw new Error(`@eoss/${entry}: "${folder}" has no title in TASKS of build/api/tasks.mjs`);
  return { title: tasks[folder], order: Object.keys(tasks).indexOf(folder) };
}
