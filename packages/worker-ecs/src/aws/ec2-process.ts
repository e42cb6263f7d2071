import { type Ec2Question, type Ec2Reply, toldError } from './ec2-process-messages.js';
import { lazy } from './lazy.js';
import { toSdkClientConfig } from './sdk-client-config.js';
import { credentialProviderFor } from './sdk-credentials.js';
import { SdkEc2Api } from './sdk-ec2-api.js';

let api: SdkEc2Api | null = null;

process.on('message', async (question: Ec2Question) => {
  reply(await answerTo(question));
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches this process too; it is the worker that decides when a look-up ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

async function answerTo({ id, settings, ...asked }: Ec2Question): Promise<Ec2Reply> {
  // Whoever asks sends all questions of a process with the same settings.
  api ??= new SdkEc2Api(
    lazy(async () => toSdkClientConfig(settings, await credentialProviderFor(settings, () => Date.now()))),
  );
  try {
    const answer =
      asked.call === 'describeVpcs' ? await api.describeVpcs(asked.input) : await api.describeSubnets(asked.input);
    return { id, answer };
  } catch (error) {
    return { id, error: toldError(error) };
  }
}

function reply(message: Ec2Reply): void {
  process.send?.(message);
}
