// Lists what the published packages bring along as a CycloneDX SBOM, from what is installed: nothing is asked over a network.
// Checks each licence, and each version against OSV files where some are given. Usage: sbom [--out FILE] [--osv FILE]…

import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const PUBLISHED = ['worker-core', 'worker-ecs', 'worker-host', 'testing'];
/** Licences under which a part may be shipped. */
const ALLOWED = [
  'Apache-2.0',
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'Python-2.0',
];

/** Every package that is installed for the published ones or bundled into them, each version once. */
export function installedParts(folders) {
  const parts = new Map();
  const open = folders.map((folder) => ({ folder, isOwn: true }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const manifest = JSON.parse(readFileSync(join(next.folder, 'package.json'), 'utf8'));
    const key = `${manifest.name}@${manifest.version}`;
    if (parts.has(key)) continue;
    parts.set(key, { name: manifest.name, version: manifest.version, licence: licenceOf(manifest), isOwn: next.isOwn });
    const installed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    for (const name of [...installed, ...(manifest.workerHost?.bundles ?? [])]) {
      const folder = folderOf(name, next.folder);
      // Optional parts for other platforms are not installed.
      if (folder !== null) open.push({ folder, isOwn: name.startsWith('@worker-host/') || name === 'worker-host' });
    }
  }
  return [...parts.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is wrong with the parts, one line each. */
export function problemsOf(parts, advisories = []) {
  const licences = parts
    .filter(({ licence }) => !isAllowed(licence))
    .map(({ name, version, licence }) => `${name}@${version}: licence ${licence} is not among ${ALLOWED.join(', ')}`);
  const known = parts.flatMap(({ name, version }) =>
    advisories
      .filter((advisory) => isAffected(advisory, name, version))
      .map(({ id, summary = '' }) => `${name}@${version}: ${id} ${summary}`),
  );
  return [...licences, ...known];
}

/** The parts as CycloneDX 1.5. */
export function bomOf(parts) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    components: parts.map(({ name, version, licence }) => ({
      type: 'library',
      name,
      version,
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      licenses: [{ expression: licence }],
    })),
  };
}

function licenceOf({ license, licenses }) {
  const found = license ?? licenses?.[0];
  return typeof found === 'string' ? found : (found?.type ?? 'none');
}

function isAllowed(licence) {
  const options = licence.replace(/^\(|\)$/g, '').split(/ OR /i);
  return options.some((option) => option.split(/ AND /i).every((each) => ALLOWED.includes(each.trim())));
}

function folderOf(name, from) {
  for (const folder of createRequire(join(from, 'package.json')).resolve.paths(name) ?? []) {
    try {
      return dirname(realpathSync(join(folder, name, 'package.json')));
    } catch {
      // It is not in this folder.
    }
  }
  return null;
}

/** By the exact versions and the ranges of semantic versions that an OSV entry lists. */
function isAffected({ affected = [] }, name, version) {
  return affected.some(({ package: { ecosystem, name: affectedName } = {}, versions = [], ranges = [] }) => {
    if (ecosystem !== 'npm' || affectedName !== name) return false;
    return versions.includes(version) || ranges.some(({ events = [] }) => isWithin(events, version));
  });
}

function isWithin(events, version) {
  let isIn = false;
  for (const { introduced, fixed, last_affected: last } of events) {
    if (introduced !== undefined && compare(version, introduced) >= 0) isIn = true;
    if (fixed !== undefined && compare(version, fixed) >= 0) isIn = false;
    if (last !== undefined && compare(version, last) > 0) isIn = false;
  }
  return isIn;
}

function compare(a, b) {
  const numbers = (text) => text.split(/[-+]/)[0].split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let at = 0; at < 3; at += 1) if ((left[at] ?? 0) !== (right[at] ?? 0)) return (left[at] ?? 0) - (right[at] ?? 0);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { out: { type: 'string' }, osv: { type: 'string', multiple: true, default: [] } };
  const { values } = parseArgs({ options, args: process.argv.slice(2).filter((argument) => argument !== '--') });
  const parts = installedParts(PUBLISHED.map((name) => join(root, 'packages', name)));
  const advisories = values.osv.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')));
  const problems = problemsOf(parts, advisories);
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(bomOf(parts), null, 2)}\n`);
  for (const problem of problems) console.error(problem);
  console.log(`${parts.length} parts, ${advisories.length} advisories`);
  console.log(`${parts.length - problems.length} passed, ${problems.length} failed`);
  process.exitCode = problems.length === 0 && parts.length > 0 ? 0 : 1;
}
