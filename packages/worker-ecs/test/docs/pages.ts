import { NO_CONTEXT } from '../../src/aws/launch-errors/classify-launch-error.js';
import { LAUNCH_ERROR_TABLE } from '../../src/aws/launch-errors/launch-error-table.js';
import { STOP_REASON_TABLE } from '../../src/observation/stop-reasons/stop-reason-table.js';

/** A page with a table generated from the data that the worker uses. */
export interface TablePage {
  readonly file: string;
  /** Between the markers `<!-- table -->` and `<!-- /table -->`. */
  readonly table: string;
}

const CONTEXT = {
  ...NO_CONTEXT,
  cluster: '…',
  launchType: 'EC2',
  executionRoleArn: '…',
  taskDefinitionArn: '…',
  capacityProviders: ['…'],
};

/** The pages with current tables. */
export function tablePages(): readonly TablePage[] {
  return [
    { file: 'aws-errors.md', table: launchErrors() },
    { file: 'stop-reasons.md', table: stopReasons() },
  ];
}

/** Inserts a table between the markers of a page. */
export function withTable(page: string, table: string): string {
  return page.replace(/<!-- table -->[\s\S]*<!-- \/table -->/, `<!-- table -->\n\n${table}\n\n<!-- /table -->`);
}

function launchErrors(): string {
  return rows(
    ['Kind', 'Class', 'Arrives as', "AWS's text", 'Meaning', 'What to do'],
    LAUNCH_ERROR_TABLE.map((row) => [
      code(row.code),
      row.class,
      row.arrives === 'error' ? (row.names?.join(', ') ?? 'any error') : 'entry of `failures`',
      row.example.message,
      row.summary(CONTEXT),
      row.resolution(CONTEXT),
    ]),
  );
}

function stopReasons(): string {
  return rows(
    ['Kind', 'Cause', 'Stop code', "AWS's text", 'Meaning', 'What to do', 'Launched again'],
    STOP_REASON_TABLE.map((row) => [
      code(row.code),
      row.cause,
      row.stopCodes?.join(', ') ?? 'any',
      row.example.containerReason ?? row.example.stoppedReason ?? '',
      row.summary,
      row.resolution ?? 'Nothing.',
      { never: 'no', 'if-not-run': 'if no code of the job ran', yes: 'yes' }[row.relaunch],
    ]),
  );
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
