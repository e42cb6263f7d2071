import { WorkerError } from '@worker-host/core';

/** The database file is held by another process for longer than is waited for. */
export class DatabaseLockedError extends WorkerError {
  readonly code = 'DATABASE_LOCKED';

  constructor(databasePath: string, waitedMs: number, options?: ErrorOptions) {
    super(
      `The database is locked by another process [file=${databasePath}, waitedMs=${waitedMs}]. Find out who holds it; nothing was changed.`,
      { ...options, details: { databasePath, waitedMs } },
    );
  }
}

/** The file is no database, or a damaged one. */
export class DatabaseDamagedError extends WorkerError {
  readonly code = 'DATABASE_DAMAGED';

  constructor(databasePath: string, options?: ErrorOptions) {
    super(
      `The file is not a sound SQLite database [file=${databasePath}]. Put it aside and restore a copy, or name another folder by WORKER_HOST_HOME.`,
      { ...options, details: { databasePath } },
    );
  }
}

/** The disk is full: nothing can be written. */
export class DiskFullError extends WorkerError {
  readonly code = 'DISK_FULL';

  constructor(databasePath: string, options?: ErrorOptions) {
    super(
      `The disk is full: nothing can be written to the database [file=${databasePath}]. Make room; what was stored is safe.`,
      { ...options, details: { databasePath } },
    );
  }
}

/** The folder of the data cannot be made or written to. */
export class DataDirectoryError extends WorkerError {
  readonly code = 'DATA_DIRECTORY_UNUSABLE';

  constructor(home: string, reason: string, options?: ErrorOptions) {
    super(
      `The data directory cannot be used [directory=${home}]: ${reason}. Name another one by WORKER_HOST_HOME, or mend its rights.`,
      { ...options, details: { home, reason } },
    );
  }
}

/** The database was made by a newer version of this program. */
export class DatabaseTooNewError extends WorkerError {
  readonly code = 'DATABASE_TOO_NEW';

  constructor(databasePath: string, version: number, known: number) {
    super(
      `The database is of a newer version than this program [file=${databasePath}, version=${version}, known=${known}]. Update worker-host.`,
      { details: { databasePath, version, known } },
    );
  }
}

export type EmbeddedNoun = 'work pool' | 'work queue' | 'deployment' | 'flow run' | 'variable' | 'secret';

/** There is nothing of that name. */
export class NotFoundError extends WorkerError {
  readonly code = 'NOT_FOUND';

  constructor(noun: EmbeddedNoun, name: string, known: readonly string[] = []) {
    const hint = known.length === 0 ? 'There are none yet.' : `Known: ${known.slice(0, 20).join(', ')}.`;
    super(`There is no such ${noun} [name=${name}]. ${hint}`, { details: { noun, name } });
  }
}

/** The name is taken. */
export class AlreadyExistsError extends WorkerError {
  readonly code = 'ALREADY_EXISTS';

  constructor(noun: EmbeddedNoun, name: string) {
    super(`There is already a ${noun} of that name [name=${name}]. Choose another name, or change the one there is.`, {
      details: { noun, name },
    });
  }
}

/** Several runs begin with, or are called, what was given. */
export class AmbiguousRunError extends WorkerError {
  readonly code = 'RUN_AMBIGUOUS';

  constructor(given: string, ids: readonly string[]) {
    super(`Several runs are meant by that [given=${given}]: ${ids.join(', ')}. Give more of the id.`, {
      details: { given, ids },
    });
  }
}

/** A pool cannot be deleted while runs of it are alive. */
export class WorkPoolInUseError extends WorkerError {
  readonly code = 'WORK_POOL_IN_USE';

  constructor(name: string, alive: number) {
    super(`The work pool has runs that are alive [name=${name}, alive=${alive}]. Cancel them or let them end first.`, {
      details: { name, alive },
    });
  }
}

/** An input for the pool does not hold; carries every problem. */
export class PoolInputError extends WorkerError {
  readonly code = 'POOL_INPUT_INVALID';

  constructor(
    noun: string,
    readonly problems: readonly string[],
  ) {
    super(`The ${noun} is not valid: ${problems.join('; ')}`, { details: { noun, problems } });
  }
}

/** A stored secret cannot be read with the key at hand. */
export class SecretUnreadableError extends WorkerError {
  readonly code = 'SECRET_UNREADABLE';

  constructor(name: string, options?: ErrorOptions) {
    super(
      `The secret cannot be decrypted with the key at hand [name=${name}]. Restore the key file, or the value of WORKER_HOST_SECRET_KEY it was stored with, or set the secret anew.`,
      { ...options, details: { name } },
    );
  }
}
