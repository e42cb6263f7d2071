import { expect } from 'chai';
import { parseQueueAddress } from '../../../src/observation/events/queue-address.js';

describe('parseQueueAddress', () => {
  it('parses names, ARNs and URLs', () => {
    const named = { url: null, name: 'events', account: null, region: null };
    expect(parseQueueAddress('events')).to.deep.equal(named);
    expect(parseQueueAddress('events.fifo')).to.deep.equal({ ...named, name: 'events.fifo' });
    const located = { ...named, account: '210987654321', region: 'eu-west-1' };
    expect(parseQueueAddress('arn:aws:sqs:eu-west-1:210987654321:events')).to.deep.equal(located);
    for (const url of [
      'https://sqs.eu-west-1.amazonaws.com/210987654321/events',
      'https://eu-west-1.queue.amazonaws.com/210987654321/events',
      'https://sqs.eu-west-1.api.aws/210987654321/events',
    ]) {
      expect(parseQueueAddress(url)).to.deep.equal({ ...located, url });
    }
    const china = 'https://sqs.cn-north-1.amazonaws.com.cn/210987654321/events';
    expect(parseQueueAddress(china)).to.deep.equal({ ...located, url: china, region: 'cn-north-1' });
    const local = 'http://localhost:4566/210987654321/events';
    expect(parseQueueAddress(local)).to.deep.equal({ ...located, url: local, region: null });
  });

  it('rejects anything else', () => {
    for (const text of [
      '',
      'a b',
      'x'.repeat(81),
      'arn:aws:sns:eu-west-1:210987654321:events',
      'arn:aws:sqs:::events',
      'https://sqs.eu-west-1.amazonaws.com/events',
      'https://sqs.eu-west-1.amazonaws.com/210987654321/events/more',
      'ftp://host/210987654321/events',
    ]) {
      expect(parseQueueAddress(text), text).to.equal(null);
    }
  });
});
