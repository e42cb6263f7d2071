const NEUTRAL: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'AKIASTANDARDCHAIN000',
  AWS_SECRET_ACCESS_KEY: 'standard-chain-secret',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};

/**
 * Runs a function with a separate AWS environment: the SDK's standard credential chain reads the variables of the
 * process, which are meanwhile exactly those of the case.
 */
export async function inAwsEnvironment<T>(
  environment: Readonly<Record<string, string>>,
  region: string,
  work: (environment: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const whole = { ...NEUTRAL, AWS_DEFAULT_REGION: region, ...environment };
  const isAws = (name: string): boolean => name.startsWith('AWS_');
  const before = Object.entries(process.env).filter(([name]) => isAws(name));
  const clear = (): void => {
    for (const name of Object.keys(process.env).filter(isAws)) delete process.env[name];
  };
  clear();
  for (const [name, value] of Object.entries(whole).filter(([name]) => isAws(name))) process.env[name] = value;
  try {
    return await work(whole);
  } finally {
    clear();
    for (const [name, value] of before) process.env[name] = value;
  }
}
