import { expect } from 'chai';
import { verdictOnClose, verdictOnRefusal } from '../../../../src/orchestrators/prefect/channel/channel-closing.js';
import { SocketRefusedError } from '../../../../src/orchestrators/prefect/sockets/prefect-socket.js';

describe('the decision about a closed channel', () => {
  for (const [code, reason, retry] of [
    [1008, 'authentication_failed', false],
    [1008, 'authorization_failed', false],
    [1008, 'unsupported_version', false],
    [1002, 'protocol_error', false],
    [1011, 'heartbeat_persistence_failed', true],
    [1011, 'transient_server_error', true],
    [1008, 'something else', false],
    [1002, '', false],
    [1011, 'something else', true],
    [1000, '', true],
    [1006, '', true],
    [1012, 'service restart', true],
  ] as const) {
    it(`is to ${retry ? 'retry' : 'give up permanently'} on ${code} "${reason}"`, () => {
      expect(verdictOnClose({ code, reason }).retry).to.equal(retry);
    });
  }

  for (const [status, retry] of [
    [401, false],
    [403, false],
    [404, false],
    [405, false],
    [500, true],
    [502, true],
    [503, true],
  ] as const) {
    it(`is to ${retry ? 'retry' : 'give up permanently'} on an upgrade answered with ${status}`, () => {
      expect(verdictOnRefusal(new SocketRefusedError('upgrade', status, null, ''), true).retry).to.equal(retry);
    });
  }

  it('follows the close reason of a rejected authentication', () => {
    const refused = new SocketRefusedError('auth', null, { code: 1008, reason: 'authentication_failed' }, '');

    expect(verdictOnRefusal(refused, false).retry).to.equal(false);
  });

  it('is to retry while the server does not respond', () => {
    expect(verdictOnRefusal(new SocketRefusedError('network', null, null, ''), false).retry).to.equal(true);
    expect(verdictOnRefusal(new SocketRefusedError('timeout', null, null, ''), false).retry).to.equal(true);
  });
});
