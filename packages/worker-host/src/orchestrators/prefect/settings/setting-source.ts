/** Source of a setting. Lines are counted from 1; null: unknown. */
export type SettingSource =
  | { readonly kind: 'environment'; readonly name: string }
  | {
      readonly kind: 'dotenv' | 'prefect.toml' | 'pyproject.toml';
      readonly name: string;
      readonly file: string;
      readonly line: number | null;
    }
  | {
      readonly kind: 'profile';
      readonly name: string;
      readonly profile: string;
      /** Null: Prefect's built-in profile with this name. */
      readonly file: string | null;
      readonly line: number | null;
    };

/** Describes the source: `environment variable PREFECT_API_URL`, `profile "local" of …/profiles.toml:3`. */
export function describeSource(source: SettingSource): string {
  switch (source.kind) {
    case 'environment':
      return `environment variable ${source.name}`;
    case 'profile':
      return source.file === null
        ? `Prefect's built-in profile "${source.profile}"`
        : `profile "${source.profile}" of ${atLine(source.file, source.line)}`;
    default:
      return `${source.name} in ${atLine(source.file, source.line)}`;
  }
}

function atLine(file: string, line: number | null): string {
  return line === null ? file : `${file}:${line}`;
}
