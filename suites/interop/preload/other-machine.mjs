// Loaded into a worker process with `--import`: it takes itself for one of another machine, named by INTEROP_MACHINE, so
// that other workers cannot see whether it lives but by its heartbeats.
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const name = process.env.INTEROP_MACHINE;
if (name) {
  os.hostname = () => name;
  syncBuiltinESMExports();
}
