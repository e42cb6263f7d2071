// Keeps a report of what each entry point of the published packages declares in packages/*/api, so that a review shows every
// change of it. Without --write it prints one line a report that is not up to date. Reads dist. Usage: api-reports [--write]

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const RENEW = 'npx -y pnpm@10 api';
const OFF = { default: { logLevel: 'none' } };
/** Remarks on documentation, which is not part of a report. */
const REMARK =
  /^ *\/\/ (?:@public|\(undocumented\)|@public \(undocumented\)|\(No @packageDocumentation .*)\n|(?<=\/\/ @\w+) \(undocumented\)$/gm;

/** The reports of all packages below `root`, by path relative to it. */
export function apiReports(root) {
  const reports = publishedFolders(root).flatMap((folder) =>
    entryPointsOf(folder).map((entry) => [relative(root, reportPath(folder, entry)), reportOf(folder, entry)]),
  );
  return new Map(reports);
}

/** Reports that are missing, stale or of no entry point, one line each. */
export function checkApiReports(root, reports) {
  const left = committedReports(root).filter((path) => !reports.has(path));
  return [
    ...[...reports].flatMap(([path, report]) => {
      if (!existsSync(join(root, path))) return [`${path} is missing. Write it with: ${RENEW}`];
      const isSame = readFileSync(join(root, path), 'utf8') === report;
      return isSame ? [] : [`${path} differs from what the package declares. Write it again with: ${RENEW}`];
    }),
    ...left.map((path) => `${path} belongs to no entry point. Remove it with: ${RENEW}`),
  ];
}

export function writeApiReports(root, reports) {
  for (const path of committedReports(root)) if (!reports.has(path)) rmSync(join(root, path));
  for (const [path, report] of reports) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), report);
  }
}

function publishedFolders(root) {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
  return folders.filter((folder) => readManifest(folder).private !== true);
}

function committedReports(root) {
  return publishedFolders(root).flatMap((folder) => {
    const reports = existsSync(join(folder, 'api')) ? readdirSync(join(folder, 'api')) : [];
    return reports.map((name) => relative(root, join(folder, 'api', name)));
  });
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function entryPointsOf(folder) {
  const { name, exports } = readManifest(folder);
  return Object.entries(exports).map(([path, { types }]) => ({
    specifier: join(name, path),
    name: path === '.' ? 'index' : path.slice('./'.length).replaceAll('/', '-'),
    declarations: join(folder, types),
  }));
}

function reportPath(folder, { name }) {
  return join(folder, 'api', `${name}.api.md`);
}

function reportOf(folder, { specifier, declarations }) {
  if (!existsSync(declarations)) throw new Error(`${declarations} is missing. Build first: npx -y pnpm@10 build`);
  return `# API of \`${specifier}\`

Written by \`${RENEW}\` from the declarations of the build. What has no \`export\` is not exported, but referred to.

\`\`\`ts
${extract(folder, declarations).replace(REMARK, '').trim()}
\`\`\`
`;
}

/** The declarations of an entry point and of everything in the package that they refer to. */
function extract(folder, declarations) {
  const scratch = mkdtempSync(join(tmpdir(), 'api-report-'));
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    strict: true,
    typeRoots: [join(folder, 'node_modules/@types')],
    types: ['node'],
    skipLibCheck: true,
  };
  try {
    const config = ExtractorConfig.prepare({
      configObject: {
        projectFolder: folder,
        mainEntryPointFilePath: declarations,
        compiler: { overrideTsconfig: { compilerOptions, files: [declarations] } },
        apiReport: {
          enabled: true,
          reportFolder: scratch,
          reportTempFolder: join(scratch, 'temporary'),
          reportFileName: 'report',
          includeForgottenExports: true,
        },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        newlineKind: 'lf',
        messages: { extractorMessageReporting: OFF, tsdocMessageReporting: OFF },
      },
      configObjectFullPath: undefined,
      packageJsonFullPath: join(folder, 'package.json'),
    });
    const messageCallback = (message) => {
      // The build has checked the declarations; what remains are remarks on how to use the extractor.
      message.handled = true;
    };
    Extractor.invoke(config, { localBuild: true, messageCallback });
    const [, code] = /```ts\n([\s\S]*)\n```/.exec(readFileSync(join(scratch, 'report.api.md'), 'utf8'));
    return code;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const reports = apiReports(root);
  if (process.argv.includes('--write')) writeApiReports(root, reports);
  const problems = checkApiReports(root, reports);
  for (const problem of problems) console.error(problem);
  console.log(`${reports.size} API reports, ${problems.length} problems.`);
  process.exitCode = problems.length === 0 && reports.size > 0 ? 0 : 1;
}
