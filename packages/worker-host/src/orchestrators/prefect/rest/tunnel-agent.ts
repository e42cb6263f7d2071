import type { ClientRequest } from 'node:http';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { ABANDONED } from './exchange.js';

/** Opens tunnels through a proxy. A tunnel that the proxy has not granted yet is closed with its request. */
export class TunnelAgent extends HttpsProxyAgent<string> {
  override async connect(
    request: ClientRequest,
    options: Parameters<HttpsProxyAgent<string>['connect']>[1],
  ): ReturnType<HttpsProxyAgent<string>['connect']> {
    const waiting = new AbortController();
    const close = (): void => waiting.abort();
    const { connectOpts } = this;
    request.once(ABANDONED, close);
    // The connection to the proxy is created during the call, so no other request sees this signal.
    this.connectOpts = { ...connectOpts, signal: waiting.signal };
    const connecting = super.connect(request, options);
    this.connectOpts = connectOpts;
    try {
      return await connecting;
    } finally {
      request.off(ABANDONED, close);
    }
  }
}
