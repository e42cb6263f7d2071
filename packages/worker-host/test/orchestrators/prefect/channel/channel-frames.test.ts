import { expect } from 'chai';
import {
  ChannelProtocolError,
  parseServerFrame,
} from '../../../../src/orchestrators/prefect/channel/channel-frames.js';

describe('parseServerFrame', () => {
  const frame = (type: string, payload: object): string =>
    JSON.stringify({ type, id: 'f', sent_at: '2027-01-01T00:00:00Z', payload });
  const cleanup = (target: object): string =>
    frame('cleanup.message.v1', {
      message_id: 'm',
      kind: 'some_kind.v7',
      reservation_token: 't',
      lease_expires_at: '2027-01-01T00:00:30Z',
      delivery_count: 1,
      target,
      data: {},
    });

  it('parses a cleanup message of any kind, also without a run', () => {
    const read = parseServerFrame(cleanup({ volume_id: 'v', more: true }));

    expect(read).to.deep.include({ type: 'cleanup' });
    expect(read).to.have.nested.include({ 'message.flowRunId': null, 'message.leaseMs': 30_000 });
  });

  for (const [what, text] of [
    ['what is no JSON', 'x'],
    ['an unknown type', frame('worker.dance.v1', {})],
    ['a missing member', frame('cleanup.message.v1', { kind: 'k' })],
    ['a member of another kind', cleanup({ flow_run_id: 7 })],
  ] as const) {
    it(`rejects ${what}`, () => {
      expect(() => parseServerFrame(text)).to.throw(ChannelProtocolError);
    });
  }
});
