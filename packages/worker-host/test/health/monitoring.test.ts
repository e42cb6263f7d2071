import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { METRIC_DEFINITIONS } from '../../src/metrics/metric-definitions.js';
import { createPrometheusMeter } from '../../src/metrics/prometheus-meter.js';

const DOCS = fileURLToPath(new URL('../../../../../docs/', import.meta.url));
const read = (path: string): string => readFileSync(`${DOCS}${path}`, 'utf8');
const DEFINED = METRIC_DEFINITIONS.map(({ name }) => name);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

const RULES = (
  parse(read('monitoring/alerts.yml')) as { groups: readonly { rules: readonly Rule[] }[] }
).groups.flatMap(({ rules }) => rules);

/** Metrics of worker-host in an expression, without the suffixes of histograms. */
function metricsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\b(?:worker_host|prefect)_[a-z_]+/g)].map(([name]) =>
    name.replace(/_(bucket|count|sum)$/, ''),
  );
}

/** True if promtool is installed: Debian and Ubuntu have it in the package `prometheus`. */
function hasPromtool(): boolean {
  return spawnSync('promtool', ['--version']).status === 0;
}

describe('docs/monitoring', () => {
  it('uses only existing metrics', () => {
    const dashboard = JSON.parse(read('monitoring/dashboard.json')) as {
      panels: readonly { title: string; targets: readonly { expr: string }[] }[];
    };
    const expressions = [
      ...RULES.map(({ expr }) => expr),
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ];
    for (const expression of expressions) expect(DEFINED, expression).to.include.members([...metricsIn(expression)]);
    expect(dashboard.panels.length).to.be.greaterThan(10);
  });

  it('has exactly one runbook for every alert', () => {
    const headings = [...read('runbooks.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);

    expect(headings).to.deep.equal(RULES.map(({ alert }) => alert));
    for (const { alert, annotations } of RULES)
      expect(annotations.runbook_url).to.match(new RegExp(`/docs/runbooks\\.md#${alert.toLowerCase()}$`));
  });

  it('passes promtool: rules, their tests, and the metrics of a new worker', async function () {
    if (!hasPromtool()) return this.skip();
    const promtool = (words: readonly string[], input = '') =>
      spawnSync('promtool', words, { cwd: `${DOCS}monitoring`, input, encoding: 'utf8' });
    const meter = await createPrometheusMeter();

    for (const ran of [
      promtool(['check', 'rules', 'alerts.yml']),
      promtool(['test', 'rules', 'alerts.test.yml']),
      promtool(['check', 'metrics'], await ours(meter.text())),
    ])
      expect(ran.status, `${ran.stdout}${ran.stderr}`).to.equal(0);
  });

  it('is measured from the first scrape', async () => {
    const text = await (await createPrometheusMeter()).text();

    for (const { name, type, help } of METRIC_DEFINITIONS) {
      expect(text).to.contain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
    expect(text).to.contain('worker_host_runs_ended_total{state="failed"} 0');
    expect(text).to.contain('worker_host_loop_rounds_total{loop="poll",outcome="failure"} 0');
    expect(text).to.contain('worker_host_run_queue_seconds_count 0');
  });
});

/** Without Node's own metrics, whose names and help texts are those of prom-client. */
async function ours(text: Promise<string>): Promise<string> {
  return (await text)
    .split('\n')
    .filter((line) => /^(# (HELP|TYPE) )?(worker_host|prefect)_/.test(line))
    .join('\n')
    .concat('\n');
}
