import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { defineExtension } from '@worker-host/core';
import { ECS_TOKENS, parseEcsEventMessage } from '@worker-host/ecs';
import { instanceCachingFactory } from 'tsyringe';

/** Task events by HTTP, as an API destination of EventBridge sends them. */
export const extension = defineExtension({
  name: 'webhook-events',
  register: (container) =>
    container.register(ECS_TOKENS.TaskEventSource, {
      useFactory: instanceCachingFactory((parts) => {
        const server = createServer(async (request, response) => {
          const event = parseEcsEventMessage(await text(request));
          if (event.kind === 'task') await parts.resolve(ECS_TOKENS.TaskEventReceiver).receive([event]);
          response.end();
        }).listen(Number(process.env.WEBHOOK_PORT), '127.0.0.1');
        return { problems: [], begin() {}, close: async () => void server.close() };
      }),
    }),
});
