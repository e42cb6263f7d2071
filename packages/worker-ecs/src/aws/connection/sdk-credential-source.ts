import { type Clock, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import type { ClientSettings } from './client-settings.js';
import type { CredentialProvider, RequestHandler } from './sdk-client-config.js';
import { credentialProviderFor } from './sdk-credentials.js';

/** Provides the credentials that clients sign their calls with. */
export interface AwsCredentialSource {
  /** Returns the credential provider for clients with these settings. Called before their first call. */
  providerFor(settings: ClientSettings): Promise<CredentialProvider>;
}

/** Keys of the settings or of the SDK's standard chain, and of the role to assume with them. */
@injectable()
export class SdkCredentialSource implements AwsCredentialSource {
  constructor(
    @inject(TOKENS.Clock) private readonly clock: Pick<Clock, 'nowMs'>,
    @inject(ECS_TOKENS.AwsRequestHandler) private readonly requestHandler: RequestHandler | null,
  ) {}

  providerFor(settings: ClientSettings): Promise<CredentialProvider> {
    return credentialProviderFor(settings, () => this.clock.nowMs(), this.requestHandler);
  }
}
