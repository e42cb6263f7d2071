import { expect } from 'chai';
import fc from 'fast-check';
import { clientToken, parseStartedBy, startedBy } from '../../src/task-run/launch-token.js';
import { ATTEMPT_ID, FLOW_RUN_ID } from '../support/builders.js';

describe('startedBy', () => {
  it('round-trips for any run, attempt and relaunch, and is valid in ECS', () => {
    const id = fc.oneof(fc.uuid(), fc.nat().map(String), fc.string({ minLength: 1, maxLength: 12 }));
    fc.assert(
      fc.property(id, id, fc.nat(99), (flowRunId, attemptId, relaunch) => {
        const name = { flowRunId, attemptId, relaunch };

        const text = startedBy(name);

        expect(text).to.match(/^[A-Za-z0-9_/-]{1,128}$/);
        expect(parseStartedBy(text)).to.deep.equal(name);
      }),
    );
  });

  it('parses nothing that others started', () => {
    for (const text of [undefined, '', 'ecs-svc/1234', 'wh/a/b', 'wh/a/b/x', 'wh/a/b/0/c', 'wh//b/0']) {
      expect(parseStartedBy(text), String(text)).to.equal(null);
    }
  });

  it("rejects what would exceed ECS's limit", () => {
    expect(() => startedBy({ flowRunId: 'x'.repeat(130), attemptId: 'y', relaunch: 0 })).to.throw(RangeError);
  });
});

describe('clientToken', () => {
  it('differs with run, attempt, relaunch and placement, and nothing else', () => {
    const name = { flowRunId: FLOW_RUN_ID, attemptId: ATTEMPT_ID, relaunch: 0 };

    const tokens = [
      clientToken(name, 0),
      clientToken({ ...name, flowRunId: 'x' }, 0),
      clientToken({ ...name, attemptId: 'x' }, 0),
      clientToken({ ...name, relaunch: 1 }, 0),
      clientToken(name, 1),
    ];

    expect(new Set(tokens).size).to.equal(tokens.length);
    expect(clientToken({ ...name }, 0)).to.equal(tokens[0]);
  });
});
