/** Where a setting came from. */
export type SettingSource =
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'dotenv'; readonly name: string; readonly file: string }
  | { readonly kind: 'prefect.toml' | 'pyproject.toml'; readonly name: string; readonly file: string }
  | { readonly kind: 'profile'; readonly name: string; readonly profile: string; readonly file: string | null };

/** The source in words: `environment variable PREFECT_API_URL`, `profile "local" of …/profiles.toml`. */
export function describeSource(source: SettingSource): string {
  switch (source.kind) {
    case 'environment':
      return `environment variable ${source.name}`;
    case 'profile':
      return source.file === null
        ? `Prefect's built-in profile "${source.profile}"`
        : `profile "${source.profile}" of ${source.file}`;
    default:
      return `${source.name} in ${source.file}`;
  }
}
