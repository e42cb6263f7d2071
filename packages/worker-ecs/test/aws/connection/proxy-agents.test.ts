import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { SdkEcsApi } from '../../../src/aws/adapters/sdk-ecs-api.js';
import { decideClientSettings } from '../../../src/aws/connection/client-settings.js';
import { toSdkClientConfig } from '../../../src/aws/connection/sdk-client-config.js';
import { isUnanswered } from '../../../src/aws/errors/aws-error-facts.js';
import { keysOf } from '../../support/accounts.js';

describe('clients behind a proxy', () => {
  const servers: Server[] = [];
  const apis: SdkEcsApi[] = [];
  afterEach(async () => {
    for (const api of apis.splice(0)) api.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  const listening = async (server: Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const anEcs = () =>
    listening(
      createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
        response.end('{"taskArns":["reached"]}');
      }),
    );
  /** A proxy that connects every request to one port, or refuses it with a status. */
  const aProxy = async (target: number | { readonly status: number }) => {
    const asked: string[] = [];
    const server = createServer().on('connect', (request, socket) => {
      asked.push(String(request.url));
      if (typeof target !== 'number') {
        socket.end(`HTTP/1.1 ${target.status} No\r\n\r\n`);
        return;
      }
      const onward = connect(target, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
    });
    return { url: `http://127.0.0.1:${await listening(server)}`, asked };
  };
  const ecsAt = (endpoint: string, environment: Record<string, string>) => {
    const settings = { ...decideClientSettings(keysOf('AKIA', 'us-east-1'), environment), endpointUrl: endpoint };
    const api = new SdkEcsApi(() =>
      toSdkClientConfig(settings, async () => ({ accessKeyId: 'a', secretAccessKey: 'b' }), { maxAttempts: 1 }),
    );
    apis.push(api);
    return api;
  };

  it('connect through it to the host of the request', async () => {
    const proxy = await aProxy(await anEcs());

    const { taskArns } = await ecsAt('http://ecs.internal', { HTTP_PROXY: proxy.url }).listTasks({});

    expect(taskArns).to.deep.equal(['reached']);
    expect(proxy.asked).to.deep.equal(['ecs.internal:80']);
  });

  it('connect to this machine and to hosts of NO_PROXY directly', async () => {
    const port = await anEcs();
    const proxy = await aProxy({ status: 502 });

    const { taskArns } = await ecsAt(`http://127.0.0.1:${port}`, { HTTP_PROXY: proxy.url }).listTasks({});
    const exempt = { HTTP_PROXY: proxy.url, NO_PROXY: 'invalid.' };
    const unknown: unknown = await ecsAt('http://ecs.invalid', exempt)
      .listTasks({})
      .catch((reason: unknown) => reason);

    expect(taskArns).to.deep.equal(['reached']);
    expect(unknown).to.have.property('code', 'ENOTFOUND');
    expect(proxy.asked).to.deep.equal([]);
  });

  for (const status of [407, 502, 503, 504]) {
    it(`do not treat ${status} of the proxy as a response of AWS, and report the proxy`, async () => {
      const proxy = await aProxy({ status });

      const error: unknown = await ecsAt('https://ecs.us-east-1.amazonaws.com', { HTTPS_PROXY: proxy.url })
        .listTasks({})
        .catch((reason: unknown) => reason);

      expect(proxy.asked).to.deep.equal(['ecs.us-east-1.amazonaws.com:443']);
      expect(isUnanswered(error)).to.equal(true);
      const [, host] = proxy.url.split('//');
      expect(String(error)).to.include(
        `The proxy ${host} answered ${status} to CONNECT ecs.us-east-1.amazonaws.com:443`,
      );
    });
  }
});
