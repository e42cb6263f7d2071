import { createHash, randomBytes } from 'node:crypto';
import { ownIdentity, type ProcessIdentity, type ProcessLookup, systemProcesses } from '../../../process-identity.js';

const UNKNOWN = '-';
const RANDOM_BYTES = 3;

/**
 * This process, as identified in the fencing tokens that it issues: machine, process id, start time. Another process of
 * the same machine can see from a token whether the issuer still runs, without waiting for its heartbeats to stop.
 */
export class WorkerProcess {
  readonly #machine: string;
  readonly #name: string;
  #issued = 0;

  constructor(
    identity: ProcessIdentity = ownIdentity(),
    private readonly processes: ProcessLookup = systemProcesses,
    random: string = randomBytes(RANDOM_BYTES).toString('hex'),
  ) {
    this.#machine = machineOf(identity);
    this.#name = [this.#machine, identity.osPid, identity.processStarted ?? UNKNOWN, random].join('.');
  }

  /** Returns a fencing token that no process has issued before. */
  issueToken(): string {
    this.#issued += 1;
    return `${this.#name}.${this.#issued}`;
  }

  /** Returns whether a token was issued by this process. */
  hasIssued(token: string): boolean {
    return token.startsWith(`${this.#name}.`);
  }

  /** Returns whether the issuer has certainly ended. False also if that cannot be determined from this machine. */
  hasIssuerEnded(token: string): boolean {
    const [machine, osPid = '', startedAt] = token.split('.');
    if (this.#machine === UNKNOWN || machine !== this.#machine || !/^\d+$/.test(osPid)) return false;
    if (!this.processes.exists(Number(osPid))) return true;
    const seen = this.processes.startOf(Number(osPid));
    return seen !== null && startedAt !== UNKNOWN && seen !== startedAt;
  }
}

/**
 * The namespace in which a process id is unique: boot of a machine and container. Unknown: the system does not provide
 * it.
 */
function machineOf({ host, bootId, processNamespace }: ProcessIdentity): string {
  if (bootId === null || processNamespace === null) return UNKNOWN;
  return createHash('sha256').update([host, bootId, processNamespace].join('\n')).digest('hex').slice(0, 12);
}
