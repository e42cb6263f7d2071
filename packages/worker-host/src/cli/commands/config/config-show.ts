import type { Command } from 'commander';
import { describeHostSource } from '../../../configuration/resolve-host-settings.js';
import { describeSource } from '../../../orchestrators/prefect/settings/setting-source.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { renderFacts, renderTable } from '../../output/text-table.js';
import { type PluginSettingsReport, reportPluginSettings } from './plugin-report.js';
import { reportSettings, type SettingReport } from './setting-report.js';

type Report = SettingReport & { readonly plugins: readonly PluginSettingsReport[] };

export function configShowCommand(context: CommandContext): Command {
  const command = newCommand(
    'show',
    'Shows all settings of worker-host and its plugins, and those of Prefect that are set: value, source, file and line. Secrets are hidden.',
  )
    .option('--all', "list Prefect's settings that are not set as well")
    .addOption(jsonOption())
    .action(async (options: { all?: boolean; json?: boolean }) => {
      const settings = await context.settings(command);
      const { prefectSettingsFor } = await import('../../control-plane/control-plane.js');
      const prefect = prefectSettingsFor(settings);
      for (const secret of prefect.secrets()) context.secrets.add(secret);
      const { environment, workingDirectory } = settings.sources;
      const found = await reportPluginSettings({
        specifiers: settings.get('plugin') ?? [],
        workingDirectory,
        type: settings.get('type'),
        environment,
      });
      const own = reportSettings(settings, prefect);
      const report = { ...own, plugins: found.plugins, warnings: [...own.warnings, ...found.warnings] };
      if (options.json) return context.json(report);
      for (const warning of report.warnings) context.note(warning);
      context.say(renderReport(report, options.all ?? false));
    });
  return addExamples(command, [
    ['worker-host config show', 'which control plane, and why'],
    ['worker-host config show --json', 'for scripts: every setting, set or not'],
  ]);
}

function renderReport(report: Report, isComplete: boolean): string {
  const { controlPlane, profile } = report;
  const facts = renderFacts([
    [
      'control plane',
      controlPlane.kind === null ? controlPlane.reason : `${controlPlane.kind} (${controlPlane.reason})`,
    ],
    ['configuration', report.configurationFile ?? 'no file'],
    ['Prefect profile', `${profile.name} (${profile.file ?? 'built in'})`],
  ]);
  const own = renderTable(
    [{ heading: 'setting' }, { heading: 'value' }, { heading: 'source' }],
    report.settings.map(({ name, value, source, fallback }) => [
      name,
      source === null ? fallback.text : String(Array.isArray(value) ? value.join(',') : value),
      source === null ? (fallback.setting ?? 'default') : describeHostSource(source),
    ]),
  );
  const plugins = report.plugins
    .filter(({ settings }) => settings.length > 0)
    .map(({ type, settings }) =>
      renderTable(
        [{ heading: `setting of plugin ${type}` }, { heading: 'value' }, { heading: 'source' }],
        settings.map((each) => [each.name, each.value ?? each.default, each.value === null ? 'default' : each.name]),
      ),
    );
  const prefect = renderTable(
    [{ heading: 'Prefect setting' }, { heading: 'value' }, { heading: 'source' }],
    report.prefectSettings
      .filter(({ source }) => isComplete || source !== null)
      .map(({ name, value, source }) => [name, value ?? '', source === null ? 'not set' : describeSource(source)]),
  );
  return [facts, own, ...plugins, prefect].join('\n');
}
