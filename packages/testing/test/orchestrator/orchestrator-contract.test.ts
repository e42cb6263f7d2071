import { expect } from 'chai';
import { orchestratorContract } from '../../src/orchestrator-conformance/orchestrator-contract.js';
import type { OrchestratorTraits } from '../../src/orchestrator-conformance/orchestrator-world.js';
import { CollectingRunner } from '../conformance/collecting-runner.js';
import { BROKEN_OFFERS } from './broken-offers.js';
import { BROKEN_OWNERS } from './broken-owners.js';
import { type ChangeClient, fakePoolWorld } from './fake-pool-world.js';

const BROKEN = [...BROKEN_OWNERS, ...BROKEN_OFFERS];

for (const hostReportsStates of [true, false])
  for (const seesDeaths of [true, false])
    orchestratorContract({
      runner: { describe, it, before, after },
      name: `memory, hostReportsStates ${hostReportsStates}, seesDeaths ${seesDeaths}`,
      arrange: () => fakePoolWorld({ hostReportsStates, seesDeaths }),
    });

describe('orchestratorContract', () => {
  /** Runs the contract over pools that detect deaths by heartbeats and report duplicate names: every law applies. */
  const contractOf = (
    change?: ChangeClient,
    traits?: Partial<OrchestratorTraits>,
    hostReportsStates = true,
  ): CollectingRunner => {
    const runner = new CollectingRunner();
    const arrange = () => fakePoolWorld({ hostReportsStates, seesDeaths: false, refusesNamesakes: false }, change);
    orchestratorContract({ runner, name: 'broken', arrange, ...(traits ? { traits } : {}) });
    return runner;
  };

  it('has a broken control plane for every law', () => {
    expect([...new Set(BROKEN.map(({ law }) => law))].sort()).to.deep.equal([...contractOf().names].sort());
  });

  it('checks nothing about optional behaviour that a control plane lacks', async () => {
    const keepsNothing: ChangeClient = (client) => {
      client.launchPlaces = async () => [];
      return client;
    };
    const traits = { keepsLaunchPlaces: false };
    const outcomes = await contractOf(keepsNothing, traits).run((test) => test.startsWith('take-over'));
    expect([...outcomes.values()].filter((outcome) => outcome !== null)).to.deep.equal([]);
  });

  for (const { fault, law, change, hostReportsStates } of BROKEN)
    it(`detects a control plane that ${fault} (${law.split(':')[0]})`, async () => {
      const sound = await contractOf(undefined, undefined, hostReportsStates).run((test) => test === law);
      const outcomes = await contractOf(change, undefined, hostReportsStates).run((test) => test === law);

      expect(sound.get(law), law).to.equal(null);
      expect(outcomes.get(law), law).to.be.instanceOf(Error);
    });
});
