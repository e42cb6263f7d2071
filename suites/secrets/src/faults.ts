import type { LocalAws } from '@worker-host/testing/local-aws';
import { PLANTED, SHORT } from './planted.js';

/** AWS that repeats its input in messages, as real messages do. */
export function plantFaults(aws: LocalAws): void {
  const said = `"${PLANTED.plain}" and ${PLANTED.quoted}, ${encodeURIComponent(PLANTED.address)}, ${SHORT}`;
  aws.faults.add({
    type: 'start-failure',
    match: { family: 'fails-to-start' },
    times: 'always',
    stoppedReason: `Task failed to start: exec ${said}`,
    containerReason: `CannotStartContainerError: OCI runtime: exec: ${said}: executable file not found`,
  });
  aws.faults.add({
    type: 'capacity',
    match: { family: 'echoes' },
    times: 'always',
    reason: `ATTRIBUTE ${said}`,
  });
}
