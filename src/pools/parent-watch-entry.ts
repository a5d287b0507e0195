/** How often a process of a pool looks whether its parent lives. */
const LOOK_MS = 500;

/** What a thread in a pool's process runs: it ends the process, whatever that is doing, when the parent has died. */
const parent = Number(process.argv[2]);
setInterval(() => {
  // A child whose parent has died is given another one; where a system keeps the number, nobody has it.
  if (process.ppid !== parent || !isThere(parent)) process.kill(process.pid, 'SIGKILL');
}, LOOK_MS);

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
