// `npm run test:site`: build the documentation site, and test it and its playground, in Chromium too.
import { install, pnpm, turbo } from "./workspace.mjs";

install();
// The command line is asked to read what the playground exports.
const steps = [
  () => turbo("build", "--filter=@eoss/cli..."),
  () => pnpm("--filter", "docs", "run", "check"),
  () => pnpm("--filter", "docs", "run", "site"),
  () => pnpm("--filter", "docs", "run", "test:site"),
];
for (const step of steps) {
  const code = step();
  if (code !== 0) process.exit(code);
}
