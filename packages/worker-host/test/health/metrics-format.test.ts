import { expect } from 'chai';
import { formatFor } from '../../src/metrics/metrics-format.js';
import { createPrometheusMeter } from '../../src/metrics/prometheus-meter.js';

const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const PLAIN = 'text/plain; version=0.0.4; charset=utf-8';
const SCRAPE = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2';

describe('the format of metrics', () => {
  for (const [accept, format] of [
    [undefined, 'prometheus'],
    ['*/*', 'prometheus'],
    ['text/plain', 'prometheus'],
    ['application/openmetrics-text', 'openmetrics'],
    [SCRAPE, 'openmetrics'],
    ['application/openmetrics-text;q=0.4,text/plain;q=0.5', 'prometheus'],
    ['application/openmetrics-text;q=0', 'prometheus'],
    ['application/openmetrics-text;q=much', 'prometheus'],
  ] as const)
    it(`is ${format} for Accept: ${accept}`, () => {
      expect(formatFor(accept)).to.equal(format);
    });
});

describe('exemplars', () => {
  const exemplar = { trace_id: '0f8fad5bd9cb469fa16570867728950e', span_id: '00f067aa0ba902b7' };

  it('are added to the measurement only in OpenMetrics', async () => {
    const meter = await createPrometheusMeter({ withExemplars: true });
    meter.observe('worker_host_run_launch_seconds', 4.5, undefined, exemplar);
    meter.observe('worker_host_run_phase_seconds', 70, { phase: 'run' }, exemplar);
    meter.observe('worker_host_run_start_seconds', 1);
    meter.count('worker_host_relaunches_total');

    const open = await meter.page(SCRAPE);
    expect(open.contentType).to.equal(OPEN);
    expect(open.text).to.match(
      /^worker_host_run_launch_seconds_bucket\{le="5"\} 1 # \{trace_id="0f8fad5bd9cb469fa16570867728950e",span_id="00f067aa0ba902b7"\} 4\.5 \d/m,
    );
    expect(open.text).to.match(/^worker_host_run_phase_seconds_bucket\{le="120",phase="run"\} 1 # \{trace_id=/m);
    expect(open.text).to.match(/^worker_host_run_start_seconds_bucket\{le="1"\} 1$/m);
    expect(open.text).to.match(/^worker_host_relaunches_total 1$/m);
    expect(open.text).to.match(/\n# EOF\n$/);
    const plain = await meter.page('text/plain');
    expect(plain.contentType).to.equal(PLAIN);
    expect(plain.text).not.to.include('trace_id');
  });

  it('do not change the names of counters, even if both formats are requested simultaneously', async () => {
    const meter = await createPrometheusMeter({ withExemplars: true });
    const before = (await meter.text()).split('\n').filter((line) => line.startsWith('# TYPE'));

    const [open, plain, again] = await Promise.all([meter.page(SCRAPE), meter.text(), meter.page(SCRAPE)]);

    expect(plain.split('\n').filter((line) => line.startsWith('# TYPE'))).to.deep.equal(before);
    expect(before).to.include('# TYPE worker_host_relaunches_total counter');
    for (const { text } of [open, again]) expect(text).to.include('# TYPE worker_host_relaunches counter');
  });

  it('are not stored, and OpenMetrics is not written, without traces', async () => {
    const meter = await createPrometheusMeter();
    meter.observe('worker_host_run_launch_seconds', 4.5, undefined, exemplar);

    const page = await meter.page(SCRAPE);

    expect(page.contentType).to.equal(PLAIN);
    expect(page.text).to.match(/^worker_host_run_launch_seconds_bucket\{le="5"\} 1$/m);
  });
});
