// The process that Python starts: frames on its standard input and output.
import { serve } from "./serve.js";

// Standard output carries frames alone.
console.log = console.error;

serve({ input: process.stdin, output: process.stdout }).then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`eoss: ${error.message}`);
    process.exit(1);
  },
);
