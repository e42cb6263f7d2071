import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { residentMib } from '../world.js';
const PROGRAM = fileURLToPath(new URL('./worker-process.js', import.meta.url));
/** A worker in a process of its own, and what it tells. */
export class AliveWorker {
    #child;
    #endedAtMs;
    constructor(environment) {
        this.#endedAtMs = new Map();
        /** Of JavaScript objects, as told last. */
        this.heapUsedMib = Number.NaN;
        this.#child = fork(PROGRAM, { env: { ...process.env, ...environment }, serialization: 'advanced' });
        this.#child.on('message', (message) => {
            if (message.kind === 'ended')
                this.#endedAtMs.set(message.flowRunId, message.atMs);
            if (message.kind === 'memory')
                this.heapUsedMib = message.heapUsedMib;
        });
    }
    /** Hands the runs over. Resolves when the worker has taken them. */
    async serve(runs) {
        const tookOver = new Promise((resolve, reject) => {
            this.#child.on('message', (message) => {
                if (message.kind === 'took-over')
                    resolve();
            });
            this.#child.once('exit', (code) => reject(new Error(`The worker ended with code ${code}`)));
        });
        this.#tell({ kind: 'serve', runs });
        await tookOver;
    }
    completed(flowRunId) {
        this.#tell({ kind: 'completed', flowRunId });
    }
    /** When the worker knew the end of a run, in milliseconds since the epoch; undefined: not yet. */
    endedAtMs(flowRunId) {
        return this.#endedAtMs.get(flowRunId);
    }
    residentMib(which) {
        return residentMib(this.#child.pid, which);
    }
    async stop() {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null)
            return;
        this.#child.kill('SIGKILL');
        await once(this.#child, 'exit');
    }
    #tell(message) {
        this.#child.send(message);
    }
}
//# sourceMappingURL=worker-client.js.map