// What is wrong with files of users of any kind: what each does, its text, and what is said of it.

export const PRELUDE = `import * as tf from "@tensorflow/tfjs-core";
let calls = 0;
`;
export const FAILS = `throw new TypeError("oh")`;
const NOTHING = ["exports nothing", "export {};", /exports no .*: make it the default export/];
const NUMBER = [
  "is a number",
  "export default 3;",
  /the default export of .* is not an? .*: it is number/,
];
const SYNTAX = [
  "is no JavaScript",
  "export default {;",
  /cannot load the .*: SyntaxError: .*broken\d+\.mjs:\d+/,
];
const IMPORT = [
  "imports what is not there",
  'import "not-installed-anywhere"; export default {};',
  /cannot load the .* imports the package not-installed-anywhere, which is not there: npm install/,
];
const LOADING = [
  "fails when it is loaded",
  `${FAILS};`,
  /cannot load the .*: TypeError: oh \(.*broken\d+\.mjs:\d+\)/,
];

/** What any file of a user may do wrong. */
export const ANY = [NOTHING, NUMBER, SYNTAX, IMPORT, LOADING];
