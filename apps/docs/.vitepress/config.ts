import { defineConfig } from "vitepress";

export default defineConfig({
  title: "eoss",
  description: "The curvature that SGD feels, measured while a network trains.",
  lang: "en",
  srcDir: "pages",
  // Where the site does not lie at the root of its host, e.g. /eoss/.
  base: process.env.SITE_BASE ?? "/",
  cleanUrls: false,
  themeConfig: {
    nav: [{ text: "Playground", link: "/playground" }],
    search: { provider: "local" },
    outline: false,
  },
  vite: {
    // The packages are bundled from their sources: the site needs no build of theirs.
    resolve: { conditions: ["@eoss/source"] },
    worker: { format: "es" },
    build: {
      // tfjs and the solvers come with the playground, after its page is there.
      chunkSizeWarningLimit: 1500,
    },
  },
});
