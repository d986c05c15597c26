/** CPU time of all threads of this process so far, in ms: it stands still while others have the cores. */
export function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
