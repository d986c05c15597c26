/** Puts a scene's figure into its place in the page, and gives what takes it away. */
export type MountScene = (root: HTMLElement) => () => void;

/** The figures of the lesson by name; each is loaded when the reader comes near. */
export const scenes = {
  parabola: () => import("./scenes/parabola.js"),
  valley: () => import("./scenes/valley.js"),
  edge: () => import("./scenes/edge.js"),
  cloud: () => import("./scenes/cloud.js"),
  batches: () => import("./scenes/batches.js"),
  changes: () => import("./scenes/changes.js"),
  noise: () => import("./scenes/noise.js"),
  results: () => import("./scenes/results.js"),
} satisfies Readonly<Record<string, () => Promise<{ readonly mount: MountScene }>>>;

export type SceneName = keyof typeof scenes;
