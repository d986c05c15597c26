import program from "@eoss/cli/package.json" with { type: "json" };
import { katex } from "@mdit/plugin-katex";
import { defineConfig, type UserConfig } from "vitepress";
import { nav, sidebar } from "./navigation.js";
import { writeServiceWorker } from "./offline/writeServiceWorker.js";
import { search } from "./search.js";

type Warnings = NonNullable<
  NonNullable<NonNullable<UserConfig["vite"]>["build"]>["rollupOptions"]
>["onwarn"];

/** Comments in zod are for another bundler. */
const onwarn: Warnings = (warning, warn) => {
  if (warning.code !== "INVALID_ANNOTATION") warn(warning);
};

/** Where the site does not lie at the root of its host: e.g. /eoss/. */
const base = process.env.SITE_BASE ?? "/";

const repository = program.repository.url.replace(/^git\+|\.git$/g, "");

export default defineConfig({
  title: "eoss",
  description: "The curvature that SGD feels, measured while a network trains.",
  lang: "en",
  srcDir: "pages",
  base,
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${base}icon.svg` }]],
  buildEnd: ({ outDir }) => writeServiceWorker(outDir),
  themeConfig: {
    logo: { src: "/icon.svg", alt: "" },
    nav: [...nav, { text: `v${program.version}`, link: "/reference/changelog" }],
    sidebar,
    search,
    outline: [2, 3],
    socialLinks: [{ icon: "github", link: repository }],
  },
  markdown: {
    // Those whose every colour has a contrast of 4.5:1 on the page's grey.
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    // Formulas are set when the site is built: nothing of KaTeX runs in the page.
    config: (md) => {
      // VitePress brings types of markdown-it of its own.
      katex(md as never, { transformer: (html) => html.replace("<span", "<span v-pre") });
    },
  },
  vite: {
    // The packages are bundled from their sources: the site needs no build of theirs.
    resolve: { conditions: ["@eoss/source"] },
    worker: { format: "es" },
    build: {
      // tfjs and the solvers come with the playground, after its page is there.
      chunkSizeWarningLimit: 1500,
      rollupOptions: { onwarn },
    },
  },
});
