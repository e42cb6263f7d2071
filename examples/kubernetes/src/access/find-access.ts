import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '@worker-host/core';
import { Agent } from 'undici';
import { parse } from 'yaml';
import { KubernetesConfigError } from '../kubernetes-errors.js';
import type { Access } from './access.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Members = Readonly<Record<string, unknown>>;

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_SECONDS = 60;
const run = promisify(execFile);

/**
 * Finds the cluster of the environment: by KUBECONFIG, otherwise the one in which this process runs, otherwise by
 * `~/.kube/config`.
 *
 * @throws KubernetesConfigError
 */
export async function findAccess(environment: Environment, clock: Clock): Promise<Access> {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  if (KUBECONFIG || host === undefined)
    return await accessOfFile(KUBECONFIG || join(environment.HOME ?? homedir(), '.kube/config'), environment, clock);
  const ca = await read('The service account', join(SERVICE_ACCOUNT, 'ca.crt'));
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return accessWith(server, { ca }, clock, () => read('The service account', join(SERVICE_ACCOUNT, 'token')));
}

async function accessOfFile(file: string, environment: Environment, clock: Clock): Promise<Access> {
  const config = parsed(file, await read(file, file));
  const context = named(file, config, 'contexts', 'context', String(config['current-context'] ?? ''));
  const cluster = named(file, config, 'clusters', 'cluster', String(context.cluster ?? ''));
  const user = named(file, config, 'users', 'user', String(context.user ?? ''));
  const data = async (members: Members, name: string): Promise<string | undefined> => {
    const inline = members[`${name}-data`];
    if (typeof inline === 'string') return Buffer.from(inline, 'base64').toString('utf8');
    const path = members[name];
    return typeof path === 'string' ? await read(file, resolve(dirname(file), path)) : undefined;
  };
  const [ca, cert, key] = await Promise.all([
    data(cluster, 'certificate-authority'),
    data(user, 'client-certificate'),
    data(user, 'client-key'),
  ]);
  const rejectUnauthorized = cluster['insecure-skip-tls-verify'] !== true;
  const server = String(cluster.server ?? '').replace(/\/$/, '');
  if (!URL.canParse(server)) throw new KubernetesConfigError(file, 'the cluster has no server');
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), rejectUnauthorized };
  return accessWith(server, tls, clock, () => tokenOf(file, user, environment));
}

function accessWith(server: string, tls: object, clock: Clock, read: () => Promise<string | null>): Access {
  const dispatcher = new Agent({ connect: tls });
  let held: { readonly token: string | null; readonly untilMs: number } | null = null;
  return {
    server,
    dispatcher,
    // Tokens are replaced while the process runs.
    token: async () => {
      if (held === null || clock.monotonicMs() >= held.untilMs)
        held = { token: (await read())?.trim() ?? null, untilMs: clock.monotonicMs() + TOKEN_SECONDS * 1000 };
      return held.token;
    },
    close: () => dispatcher.destroy(),
  };
}

async function tokenOf(file: string, user: Members, environment: Environment): Promise<string | null> {
  if (typeof user.token === 'string') return user.token;
  if (typeof user.tokenFile === 'string') return await read(file, resolve(dirname(file), user.tokenFile));
  return isMembers(user.exec) ? await tokenByCommand(file, user.exec, environment) : null;
}

/** Returns the credentials from a command, such as `aws eks get-token`. */
async function tokenByCommand(file: string, exec: Members, environment: Environment): Promise<string> {
  const variables = (Array.isArray(exec.env) ? exec.env : []).filter(isMembers);
  const own = Object.fromEntries(variables.map(({ name, value }) => [String(name), String(value)]));
  const words = Array.isArray(exec.args) ? exec.args.map(String) : [];
  const info = { kind: 'ExecCredential', apiVersion: exec.apiVersion, spec: { interactive: false } };
  const env = { ...environment, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  try {
    const { stdout } = await run(String(exec.command), words, { env });
    const { status } = JSON.parse(stdout) as { readonly status?: { readonly token?: string } };
    if (status?.token) return status.token;
  } catch (cause) {
    throw new KubernetesConfigError(file, `the command '${exec.command}' gives no credentials`, { cause });
  }
  throw new KubernetesConfigError(file, `the command '${exec.command}' gives no token`);
}

function parsed(file: string, text: string): Members {
  try {
    const config: unknown = parse(text);
    if (isMembers(config)) return config;
  } catch {
    // A message of the parser can quote secrets.
  }
  throw new KubernetesConfigError(file, 'it is no kubeconfig');
}

function named(file: string, config: Members, list: string, member: string, name: string): Members {
  const entries: readonly unknown[] = Array.isArray(config[list]) ? config[list] : [];
  const entry = entries.filter(isMembers).find((each) => each.name === name);
  const found = entry?.[member];
  if (isMembers(found)) return found;
  throw new KubernetesConfigError(file, `${list} has no '${name}'`);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function read(source: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new KubernetesConfigError(source, `${file} cannot be read`, { cause });
  }
}
