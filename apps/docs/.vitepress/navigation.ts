import type { DefaultTheme } from "vitepress";
import packages from "../packages.json" with { type: "json" };

/** What stands at the top of every page. */
export const nav: DefaultTheme.NavItem[] = [
  { text: "Start", link: "/start/install", activeMatch: "^/start/" },
  { text: "Guides", link: "/guides/track-a-run", activeMatch: "^/guides/" },
  { text: "Concepts", link: "/concepts/edge-of-stability", activeMatch: "^/concepts/" },
  { text: "Reference", link: "/reference/cli", activeMatch: "^/(reference|bench)/" },
  { text: "Lesson", link: "/lesson" },
  { text: "Playground", link: "/playground" },
];

/** The order in which the pages are read. */
const contents: DefaultTheme.SidebarItem[] = [
  {
    text: "Start",
    items: [
      { text: "What it measures, and why", link: "/" },
      { text: "Install", link: "/start/install" },
      { text: "Five minutes", link: "/start/tour" },
      { text: "Questions that come up", link: "/start/faq" },
      { text: "How to cite", link: "/start/cite" },
    ],
  },
  {
    text: "Guides",
    items: [
      { text: "Track a run", link: "/guides/track-a-run" },
      { text: "Intervene and fork", link: "/guides/intervene-and-fork" },
      { text: "Seeds", link: "/guides/seeds" },
      { text: "Read the report", link: "/guides/read-the-report" },
      { text: "CIFAR-10, from download to figure", link: "/guides/cifar10" },
      { text: "Gallery", link: "/guides/gallery" },
      { text: "Analyse runs in Python", link: "/guides/analyse-in-python" },
      { text: "Sweeps and clusters", link: "/guides/sweeps-and-clusters" },
      { text: "Choose a backend", link: "/guides/choose-a-backend" },
      { text: "What the errors mean", link: "/guides/errors" },
      { text: "A PyTorch model in your own loop", link: "/guides/pytorch" },
      { text: "A JAX model in your own loop", link: "/guides/jax" },
      { text: "From the PyTorch flags", link: "/guides/from-pytorch" },
      { text: "Sharpness of my own loop", link: "/guides/my-own-loop" },
      { text: "Your own tfjs model", link: "/guides/your-own-tfjs-model" },
      { text: "Eigenvalues of anything", link: "/guides/eigenvalues-of-anything" },
      { text: "Your own data", link: "/guides/your-own-data" },
      { text: "A model package", link: "/guides/model-package" },
      { text: "Write a measurement", link: "/guides/write-a-measurement" },
      { text: "Write an optimizer or a loss", link: "/guides/write-an-optimizer" },
      { text: "Write a recipe", link: "/guides/write-a-recipe" },
    ],
  },
  {
    text: "Concepts",
    items: [
      { text: "Edge of stability", link: "/concepts/edge-of-stability" },
      { text: "MiniBS and FullBS", link: "/concepts/minibs-and-fullbs" },
      { text: "Batch sharpness", link: "/concepts/batch-sharpness" },
      { text: "What the paper says, and what comes out", link: "/concepts/paper-and-runs" },
      { text: "Gap and exponent", link: "/concepts/gap-and-exponent" },
      { text: "Gauss–Newton and Fisher", link: "/concepts/gauss-newton-and-fisher" },
      { text: "Noise models", link: "/concepts/noise-models" },
      { text: "SDE limits", link: "/concepts/sde-limits" },
      { text: "Momentum and Adam", link: "/concepts/momentum-and-adam" },
    ],
  },
  {
    text: "Reference",
    items: [
      { text: "Command line", link: "/reference/cli" },
      { text: "The run folder", link: "/reference/run-folder" },
      { text: "What is promised about data", link: "/reference/promises" },
      { text: "How accurate each number is", link: "/reference/accuracy" },
      { text: "Coverage against dense matrices", link: "/reference/coverage" },
      {
        text: "API of the packages",
        link: "/reference/api/",
        collapsed: true,
        items: packages.map((name) => ({ text: `@eoss/${name}`, link: `/reference/api/${name}` })),
      },
      { text: "Glossary", link: "/reference/glossary" },
      { text: "Compared with other programs", link: "/reference/compared" },
      { text: "Stability of the API", link: "/reference/api-stability" },
      { text: "What has changed", link: "/reference/changelog" },
      { text: "Architecture", link: "/reference/architecture" },
      { text: "The protocol of the bridge", link: "/reference/protocol" },
      { text: "Sweep files", link: "/reference/sweeps" },
      { text: "Kernels that @eoss/hvp differentiates", link: "/reference/kernels" },
      { text: "What our runs show", link: "/reference/results" },
      { text: "The paper, reproduced", link: "/reference/reproduction" },
    ],
  },
];

/** Beside every page that is read; the playground takes the whole width. */
export const sidebar: DefaultTheme.SidebarMulti = Object.fromEntries(
  ["/start/", "/guides/", "/concepts/", "/reference/", "/bench/"].map((path) => [path, contents]),
);
