import { AwsEndpointInvalidError } from '../errors/access-errors.js';
import type { Environment } from '../region.js';

/** Variables that say where services are; those of single services begin with the first. */
const VARIABLE = /^AWS_ENDPOINT_URL(?:_[A-Z0-9_]+)?$/;

/** Checks the endpoints that the environment names. @throws AwsEndpointInvalidError */
export function assertEndpoints(environment: Environment): void {
  for (const [name, address] of Object.entries(environment))
    if (VARIABLE.test(name)) assertEndpoint(name, address ?? '');
}

/** @param name what the address is set by. An empty address is none. @throws AwsEndpointInvalidError */
export function assertEndpoint(name: string, address: string): void {
  if (address !== '' && !(/^https?:\/\//i.test(address) && URL.canParse(address)))
    throw new AwsEndpointInvalidError(name, address);
}
