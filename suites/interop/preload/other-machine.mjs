// Loaded into a worker process with `--import`: makes it appear as a process of another machine, named by
// INTEROP_MACHINE, so that other workers can see only from its heartbeats whether it is alive.
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const name = process.env.INTEROP_MACHINE;
if (name) {
  os.hostname = () => name;
  syncBuiltinESMExports();
}
