import { type PythonEnvironment, pythonEnvironment } from '@worker-host/suite-interop';
import { Arena } from './arena.js';
import { compare } from './comparison.js';
import { type Contender, peerWorker, prefectWorker, workerHost } from './contender.js';
import { machine } from './machine.js';
import { writeResults } from './results.js';
import { rowsOf } from './rows.js';
import { tableOf } from './table.js';

/** What is compared, and where to. */
export interface ComparisonOptions {
  readonly parts: readonly string[];
  /** How often each part is measured. */
  readonly repeat: number;
  /** Command of another worker; `prefect`: Prefect's own; `none`: worker-host is measured alone. */
  readonly peer: string;
  /** Where the results are written; null: nowhere. */
  readonly folder: string | null;
}

/** Measures both workers, prints the table and writes the results. The process fails when a part could not be measured. */
export async function compareWith({ parts, repeat, peer, folder }: ComparisonOptions): Promise<void> {
  const say = (line: string): void => console.error(line);
  const python = await pythonEnvironment(say);
  const other = contenderOf(peer, python);
  const arena = new Arena(python, other, workerHost());
  try {
    const values = await compare(arena, parts, repeat, say);
    const rows = rowsOf(values);
    const about = {
      machine: machine(),
      date: new Date().toISOString(),
      peer: other?.title ?? 'no other worker',
      command: peer,
      database: arena.database,
    };
    const { cpu, cores, memoryGib, node, commit } = about.machine;
    console.log(tableOf(rows, about.peer));
    console.log(
      `${cores} × ${cpu}, ${memoryGib} GiB, Node ${node}, ${about.database}, commit ${commit}, ${about.date}`,
    );
    if (folder !== null) writeResults(folder, { ...about, rows, values });
    if (values.failures.length > 0) process.exitCode = 1;
  } finally {
    await arena.close();
  }
}

function contenderOf(peer: string, python: PythonEnvironment): Contender | null {
  if (peer === 'none') return null;
  return peer === 'prefect' ? prefectWorker(python) : peerWorker(peer);
}
