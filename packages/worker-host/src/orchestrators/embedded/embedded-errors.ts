import { type ConfigurationProblem, problemDetails, problemLines, WorkerError } from '@worker-host/core';

export type EmbeddedNoun =
  | 'work pool'
  | 'work queue'
  | 'deployment'
  | 'flow run'
  | 'variable'
  | 'secret'
  | 'limit'
  | 'schedule';

const MOST_NAMES = 20;

/** A key for secrets can be guessed. */
export class SecretKeyWeakError extends WorkerError {
  readonly code = 'SECRET_KEY_WEAK';

  constructor(where: string, reason: string) {
    super(`The key for secrets is too weak [${where}]: ${reason}. Use a random one, such as: openssl rand -base64 32`, {
      details: { where, reason },
    });
  }
}

/** Secrets of the pool are encrypted with another key than the given one. */
export class SecretKeyOtherError extends WorkerError {
  readonly code = 'SECRET_KEY_OTHER';

  constructor(keyPath: string) {
    super(
      `The secrets of this database are encrypted with another key [key file=${keyPath}]. ` +
        'Set WORKER_HOST_SECRET_KEY to the key, or restore the key file, that the first secret was stored with. Nothing was changed.',
      { details: { keyPath } },
    );
  }
}

/** No object has this name. */
export class NotFoundError extends WorkerError {
  readonly code = 'NOT_FOUND';

  constructor(noun: EmbeddedNoun, name: string, known: readonly string[] | null = null) {
    super(`There is no ${noun} named '${name}'.${hintOf(known)}`, { details: { noun, name, known: known ?? [] } });
  }
}

/** The name is already in use. */
export class AlreadyExistsError extends WorkerError {
  readonly code = 'ALREADY_EXISTS';

  constructor(noun: EmbeddedNoun, name: string) {
    super(`A ${noun} named '${name}' already exists. Choose another name, or change the existing one.`, {
      details: { noun, name },
    });
  }
}

/** Several runs match the given id prefix or name. */
export class AmbiguousRunError extends WorkerError {
  readonly code = 'RUN_AMBIGUOUS';

  constructor(given: string, ids: readonly string[]) {
    super(`'${given}' matches several runs: ${ids.join(', ')}. Pass more of the id.`, {
      details: { given, ids },
    });
  }
}

/** A pool or a queue cannot be deleted while it has active runs. */
export class WorkPoolInUseError extends WorkerError {
  readonly code = 'WORK_POOL_IN_USE';

  constructor(noun: EmbeddedNoun, name: string, alive: number) {
    super(`The ${noun} '${name}' has active runs [active=${alive}]. Cancel them, or wait until they have ended.`, {
      details: { noun, name, alive },
    });
  }
}

/** Input for the pool is invalid; contains every problem. */
export class PoolInputError extends WorkerError {
  readonly code = 'POOL_INPUT_INVALID';

  constructor(
    noun: string,
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    const [first] = problems;
    const list = problems.length === 1 ? ` ${first}` : problems.map((problem) => `\n  ${problem}`).join('');
    super(`The ${noun} is not valid:${list}`, { ...options, details: { noun, problems } });
  }
}

/** Job variables do not match the form of their pool; contains every problem. */
export class JobVariablesInvalidError extends WorkerError {
  readonly code = 'JOB_VARIABLES_INVALID';

  constructor(
    workPoolName: string,
    readonly problems: readonly ConfigurationProblem[],
  ) {
    super(
      `The job variables do not match the schema of work pool '${workPoolName}':${problemLines(problems)}\n` +
        `\`worker-host pool inspect ${workPoolName}\` shows what it accepts.`,
      { details: { workPoolName, ...problemDetails(problems) } },
    );
  }
}

/** A stored secret cannot be decrypted with the key. */
export class SecretUnreadableError extends WorkerError {
  readonly code = 'SECRET_UNREADABLE';

  constructor(name: string, options?: ErrorOptions) {
    super(
      `The secret cannot be decrypted with the current key [name=${name}]. Restore the key file, or the value of ` +
        'WORKER_HOST_SECRET_KEY it was stored with, or set the secret again.',
      { ...options, details: { name } },
    );
  }
}

/** There are secrets, but the key that encrypts them is missing. */
export class SecretKeyMissingError extends WorkerError {
  readonly code = 'DATA_KEY_MISSING';

  constructor(path: string, secrets: number) {
    super(
      `The key that the secrets were encrypted with is missing [file=${path}, secrets=${secrets}]. Restore the file, or set ` +
        'WORKER_HOST_SECRET_KEY, or remove the secrets with `worker-host secret rm` and set them again.',
      { details: { path, secrets } },
    );
  }
}

/** A directory cannot take a backup, or contains none that could be restored. */
export class BackupTargetError extends WorkerError {
  readonly code = 'BACKUP_DIRECTORY_INVALID';

  constructor(directory: string, reason: string) {
    super(`The directory cannot be used [directory=${directory}]: ${reason}. Nothing was changed.`, {
      details: { directory, reason },
    });
  }
}

/** A copy of the database is damaged. */
export class BackupDamagedError extends WorkerError {
  readonly code = 'DATABASE_COPY_UNSOUND';

  constructor(directory: string, problems: readonly string[]) {
    const list = problems.map((problem) => `\n  ${problem}`).join('');
    super(
      `The copy of the database failed its integrity check [directory=${directory}]:${list}\nUse another backup. Nothing was changed.`,
      {
        details: { directory, problems },
      },
    );
  }
}

function hintOf(known: readonly string[] | null): string {
  if (known === null) return '';
  if (known.length === 0) return ' None exist yet.';
  const more = known.length > MOST_NAMES ? `, and ${known.length - MOST_NAMES} more` : '';
  return ` Known: ${known.slice(0, MOST_NAMES).join(', ')}${more}.`;
}
