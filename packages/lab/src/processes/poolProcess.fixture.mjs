// A process of a pool that makes no runs: what it does is in the name of the folder.
process.on("message", (order) => {
  if (order === "abort") return process.send({ result: { directory: "aborted" } });
  const [kind] = order.run.out.split("/");
  if (kind === "fails") {
    process.send({
      failed: { name: "DatasetError", message: "no data", stack: "there", explained: true },
    });
  } else if (kind === "dies") {
    console.error("out of paper");
    process.exit(7);
  } else if (kind === "killed") {
    process.kill(process.pid, "SIGKILL");
  } else if (kind === "waits") {
    process.send({ progress: { step: 1, latest: new Map([["loss", Number.NaN]]) } });
  } else {
    process.send({ warning: `making ${order.run.out}` });
    process.send({
      result: { directory: order.run.out, end: process.pid, seconds: process.env.EOSS_CORES },
    });
  }
});
process.on("disconnect", () => process.exit());
