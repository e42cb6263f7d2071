/** The providers that every account has. Auto Scaling providers need instances and are not served. */
export const FARGATE_PROVIDERS: readonly string[] = ['FARGATE', 'FARGATE_SPOT'];
