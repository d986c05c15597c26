// `npm run test:site`: build the documentation site, and test it and its playground, in Chromium too.
import { install, pnpm, turbo } from "./workspace.mjs";

install();
const steps = [
  // With the packages: figures and reference come from them, and the command line is asked to read what
  // the playground exports. The site comes first, because its theme is checked with what it generates.
  () => turbo("site", "--filter=docs"),
  () => pnpm("--filter", "docs", "run", "check"),
  () => pnpm("--filter", "docs", "run", "test:site"),
];
for (const step of steps) {
  const code = step();
  if (code !== 0) process.exit(code);
}
