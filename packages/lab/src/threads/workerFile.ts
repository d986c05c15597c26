/** What measuring threads run: an entry of the build, beside the library. */
export const workerFile = new URL("./measureWorker.js", import.meta.url);
