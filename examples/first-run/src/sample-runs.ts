import { type FlowRun, isFinalStateType, type State } from '@worker-host/core';
import { joinShellWords } from 'worker-host';
import type { Administration } from 'worker-host/embedded';
import type { JobView } from './progress/job-view.js';
import { type SampleJob, sampleJobs } from './sample-jobs.js';
import type { EndedJob } from './summary.js';

const CANCEL_AFTER_MS = 2000;
const TAIL_LINES = 5;
/** Name of the logger of the job's own output. */
const OUTPUT_LOGGER = 'worker-host.output';

interface Sample {
  readonly job: SampleJob;
  readonly runId: string;
  flowRun: FlowRun;
  runningSinceMs: number | null;
  endedMs: number | null;
  note: string;
  hasOutput: boolean;
  sequence: number;
  isCancelAsked: boolean;
}

/** The runs of the sample jobs, from creation to end. */
export class SampleRuns {
  private constructor(
    private readonly administration: Administration,
    private readonly samples: readonly Sample[],
  ) {}

  /** Creates a run of every sample job. */
  static async queue(administration: Administration, workPoolName: string): Promise<SampleRuns> {
    const samples: Sample[] = [];
    for (const job of sampleJobs()) {
      const flowRun = await administration.createFlowRun({
        deploymentName: null,
        workPoolName,
        workQueueName: null,
        name: job.title.replaceAll(/[^a-z0-9]+/gi, '-'),
        jobVariables: { command: joinShellWords(job.command) },
        parameters: {},
        tags: ['first-run'],
        idempotencyKey: null,
        scheduledForMs: null,
      });
      const fresh = {
        runningSinceMs: null,
        endedMs: null,
        note: '',
        hasOutput: false,
        sequence: 0,
        isCancelAsked: false,
      };
      samples.push({ job, runId: flowRun.id, flowRun, ...fresh });
    }
    return new SampleRuns(administration, samples);
  }

  get haveEnded(): boolean {
    return this.samples.every(({ flowRun }) => isFinal(flowRun));
  }

  /** Reads the progress of each run, and cancels the one that demonstrates cancellation. */
  async look(): Promise<readonly JobView[]> {
    const nowMs = Date.now();
    for (const sample of this.samples) {
      if (sample.endedMs !== null) continue;
      sample.flowRun = (await this.administration.readRun(sample.runId)).flowRun;
      sample.note = (await this.newestLine(sample)) ?? sample.note;
      const type = sample.flowRun.stateType;
      if (type !== 'SCHEDULED') sample.runningSinceMs ??= nowMs;
      if (isFinal(sample.flowRun)) sample.endedMs = nowMs;
      const isRipe = type === 'RUNNING' && nowMs - (sample.runningSinceMs ?? nowMs) > CANCEL_AFTER_MS;
      if (sample.job.expected === 'CANCELLED' && isRipe && !sample.isCancelAsked) {
        sample.isCancelAsked = true;
        await this.administration.cancelFlowRun(sample.runId);
      }
    }
    return this.samples.map((sample) => viewOf(sample, nowMs));
  }

  /** How each run ended. */
  async results(): Promise<readonly EndedJob[]> {
    return await Promise.all(this.samples.map((sample) => this.resultOf(sample)));
  }

  private async newestLine(sample: Sample): Promise<string | undefined> {
    const lines = await this.administration.readLogs(sample.runId, { afterSequence: sample.sequence, limit: 200 });
    sample.sequence = lines.at(-1)?.sequence ?? sample.sequence;
    const said = lines.findLast(({ name }) => name === OUTPUT_LOGGER);
    sample.hasOutput ||= said !== undefined;
    return (sample.hasOutput ? said : lines.at(-1))?.message;
  }

  private async resultOf({ job, runId }: Sample): Promise<EndedJob> {
    const { flowRun, states, result } = await this.administration.readRun(runId);
    const logs = await this.administration.readLogs(runId, { afterSequence: 0, limit: 1000 });
    const stored = (result ?? {}) as {
      readonly exitCode?: number | null;
      readonly phasesSeconds?: Readonly<Record<string, number>>;
      readonly diagnosis?: EndedJob['diagnosis'];
    };
    return {
      title: job.title,
      runId,
      expected: job.expected,
      stateType: flowRun.stateType ?? 'SCHEDULED',
      stateName: flowRun.stateName ?? 'Scheduled',
      exitCode: stored.exitCode ?? null,
      phases: withTimeInQueue(Object.entries(stored.phasesSeconds ?? {}), states),
      diagnosis: stored.diagnosis ?? null,
      tail: logs
        .filter(({ name }) => name === OUTPUT_LOGGER)
        .slice(-TAIL_LINES)
        .map(({ message }) => message),
    };
  }
}

function viewOf(sample: Sample, nowMs: number): JobView {
  const { flowRun, runningSinceMs } = sample;
  return {
    title: sample.job.title,
    stateType: flowRun.stateType ?? 'SCHEDULED',
    stateName: flowRun.stateName ?? 'Scheduled',
    seconds: runningSinceMs === null ? null : ((sample.endedMs ?? nowMs) - runningSinceMs) / 1000,
    note: sample.note,
  };
}

/** The plugin counts from the claim; a run that waited for a free slot was also queued before. */
function withTimeInQueue(phases: EndedJob['phases'], states: readonly State[]): EndedJob['phases'] {
  const [queuedAt, claimedAt] = states.map(({ timestamp }) => Date.parse(timestamp));
  const waitedSeconds = claimedAt === undefined || queuedAt === undefined ? 0 : (claimedAt - queuedAt) / 1000;
  return phases.map(([name, seconds]) => [name, name === 'queued' ? seconds + waitedSeconds : seconds]);
}

function isFinal({ stateType }: FlowRun): boolean {
  return stateType !== null && isFinalStateType(stateType);
}
