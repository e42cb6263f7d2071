import type { ServerResponse } from 'node:http';

import { ContainerLauncher } from '../ecs/running/container-launcher.js';
import { Simulator } from '../ecs/running/simulator.js';
import { AwsCore } from './aws-core.js';
import { AwsError } from './aws-error.js';
import { answerControl, CONTROL_PREFIX } from './control-routes.js';
import { readCredentialScope } from './credential-scope.js';
import { closeServer, listen, portOf, type ReadRequest } from './http-server.js';
import type { LocalAws } from './local-aws.js';
import type { LocalAwsOptions } from './options.js';
import { type Protocol, readWireCall, type WireAnswer, writeError, writeResult } from './protocols.js';

/** Starts a local AWS as a server. Rejects if the port is not available. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const { host = '127.0.0.1', keep = false } = options;
  const core = new AwsCore(
    options,
    (clock) =>
      new ContainerLauncher({
        clock,
        simulator: new Simulator(clock, options.simulate ?? null),
        taskEnvironment: options.taskEnvironment ?? {},
        secrets: options.secrets ?? {},
        workingDirectory: options.workingDirectory ?? null,
        keep,
      }),
  );
  const answerAws = async (request: ReadRequest, response: ServerResponse): Promise<void> => {
    let protocol: Protocol = protocolOf(request);
    try {
      const call = readWireCall(request.message.headers, request.body);
      protocol = call.protocol;
      const { accessKeyId, region } = readCredentialScope(request.message.headers);
      const { result, lost } = await core.dispatch(call, {
        account: core.accountOf(accessKeyId),
        region,
        accessKeyId,
        baseUrl: `http://${request.message.headers.host ?? ''}`,
        signal: request.signal,
      });
      if (lost !== null) loseAnswer(lost.how ?? 'reset', request, response);
      else if (result instanceof AwsError) send(response, writeError(protocol, request.requestId, result));
      else send(response, writeResult(call, request.requestId, result));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      send(response, writeError(protocol, request.requestId, error));
    }
  };
  const server = await listen(options.port ?? 0, host, async (request, response) => {
    if (request.path.startsWith(CONTROL_PREFIX)) await answerControl(aws, request, response);
    else await answerAws(request, response);
  });

  const port = portOf(server);
  const url = `http://${host}:${port}`;
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await core.close(keep);
    await closeServer(server);
    core.closeLauncher();
  };
  const aws: LocalAws = {
    ...core.surface(url),
    url,
    port,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: core.region,
      AWS_DEFAULT_REGION: core.region,
      AWS_ACCESS_KEY_ID: core.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'local-aws-secret-access-key',
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
  return aws;
}

function protocolOf(request: ReadRequest): Protocol {
  const type = request.message.headers['content-type'] ?? '';
  if (type.includes('json-1.0')) return 'json-1.0';
  return type.includes('form-urlencoded') ? 'query' : 'json-1.1';
}

function loseAnswer(how: 'reset' | '500' | '503' | 'delay', request: ReadRequest, response: ServerResponse): void {
  if (how === '500' || how === '503') {
    response.writeHead(Number(how)).end();
    return;
  }
  request.message.socket.resetAndDestroy();
}

function send(response: ServerResponse, answer: WireAnswer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
}
