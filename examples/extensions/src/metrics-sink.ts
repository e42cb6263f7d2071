import { createSocket } from 'node:dgram';
import { defineExtension, type Meter } from '@worker-host/core';
import { Lifecycle } from 'tsyringe';
import { HOST_TOKENS } from 'worker-host';

/** Sends measurements to StatsD. The host closes its socket at the end. */
class StatsD implements Meter {
  readonly #socket = createSocket('udp4');
  readonly #send = (text: string) => this.#socket.send(text, Number(process.env.STATSD_PORT ?? 8125));
  count = (name: string, _labels?: object, by = 1) => this.#send(`${name}:${by}|c`);
  gauge = (name: string, value: number) => this.#send(`${name}:${value}|g`);
  observe = (name: string, value: number) => this.#send(`${name}:${value}|h`);
  dispose = () => void this.#socket.close();
}

export const extension = defineExtension({
  name: 'statsd',
  registerHost: (container) =>
    container.register(HOST_TOKENS.MetricsSink, { useClass: StatsD }, { lifecycle: Lifecycle.ContainerScoped }),
});
