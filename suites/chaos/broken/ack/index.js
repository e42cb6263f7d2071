// Acknowledges before the deed: what is received is deleted at once.
import { breakPlugin, replace } from '../break-clients.js';

export const plugin = breakPlugin('sqs', (sqs) =>
  replace(sqs, {
    async receiveMessages(input, options) {
      const messages = await sqs.receiveMessages(input, options);
      const receiptHandles = messages.map(({ ReceiptHandle }) => ReceiptHandle);
      if (receiptHandles.length > 0) await sqs.deleteMessages({ QueueUrl: input.QueueUrl, receiptHandles });
      return messages;
    },
  }),
);
