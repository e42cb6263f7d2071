import { AwsEndpointInvalidError } from '../errors/access-errors.js';
import type { Environment } from '../region.js';

/** Variables that set the endpoints of services; those of single services begin with the first. */
const VARIABLE = /^AWS_ENDPOINT_URL(?:_[A-Z0-9_]+)?$/;

/** Checks the endpoints in the environment. @throws AwsEndpointInvalidError */
export function assertEndpoints(environment: Environment): void {
  for (const [name, address] of Object.entries(environment))
    if (VARIABLE.test(name)) assertEndpoint(name, address ?? '');
}

/** @param name the setting of the address. An empty address counts as not set. @throws AwsEndpointInvalidError */
export function assertEndpoint(name: string, address: string): void {
  if (address !== '' && !(/^https?:\/\//i.test(address) && URL.canParse(address)))
    throw new AwsEndpointInvalidError(name, address);
}
