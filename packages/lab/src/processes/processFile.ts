/** What the processes of a pool run: an entry of the build, beside the library. */
export const processFile = new URL("./trainWorker.js", import.meta.url);
