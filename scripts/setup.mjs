// `npm run setup`: install and build, nothing else.
import { install, turbo } from "./workspace.mjs";

install();
process.exit(turbo("build"));
