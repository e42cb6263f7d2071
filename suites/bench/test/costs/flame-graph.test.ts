import { expect } from 'chai';
import { type CpuProfile, flameGraph, timeByModule } from '../../src/costs/flame-graph.js';

const node = (id: number, functionName: string, url: string, children: readonly number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 0 },
  children,
});

const PROFILE: CpuProfile = {
  nodes: [
    node(1, '(root)', '', [2, 3, 4, 5]),
    node(2, '(idle)', ''),
    node(3, 'poll', 'file:///a/packages/worker-host/dist/src/loop.js', [6]),
    node(4, 'poll', 'file:///a/packages/worker-host/dist/src/loop.js', [7]),
    node(5, '', 'node:net', [8]),
    node(6, 'write', 'file:///b/node_modules/pino/lib/<tools>.js'),
    node(7, 'read', 'file:///b/node_modules/@worker-host/ecs/dist/bundle/index.js'),
    node(8, 'writev', ''),
  ],
  samples: [2, 3, 6, 4, 7, 8],
  timeDeltas: [50_000, 1000, 4000, 1000, 3000, 1000],
};

describe('timeByModule', () => {
  it('adds up the own time of each module, the longest first, without idle time', () => {
    expect([...timeByModule(PROFILE)]).to.deep.equal([
      ['pino/lib/<tools>.js', 4],
      ['worker-ecs/index.js', 3],
      ['worker-host/loop.js', 2],
      ['(engine)', 1],
    ]);
  });
});

describe('flameGraph', () => {
  it('draws one frame for all calls of a function by one caller, as wide as its time', () => {
    const graph = flameGraph(PROFILE, '2 <runs>');

    const frames = [...graph.matchAll(/width="([^"]+)"[^>]*><title>([^<]+)</g)].map(([, width, about]) => [
      about,
      width,
    ]);
    expect(frames).to.deep.equal([
      ['all (all): 10.0 ms, itself 0.0 ms', '1379.5'],
      ['poll worker-host/loop.js: 9.0 ms, itself 2.0 ms', '1241.5'],
      ['write pino/lib/&lt;tools>.js: 4.0 ms, itself 4.0 ms', '551.5'],
      ['read worker-ecs/index.js: 3.0 ms, itself 3.0 ms', '413.5'],
      ['(anonymous) node:net: 1.0 ms, itself 0.0 ms', '137.5'],
      ['writev (engine): 1.0 ms, itself 1.0 ms', '137.5'],
    ]);
    expect(graph).to.include('>2 &lt;runs>: 10 ms of the main thread<');
  });

  it('draws an empty profile', () => {
    expect(flameGraph({ nodes: [], samples: [], timeDeltas: [] }, 'nothing')).to.include('>nothing: 0 ms');
  });
});
