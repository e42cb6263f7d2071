import type { ClientSettings } from './client-settings.js';
import type { DescribeSubnetsInput, DescribeVpcsInput } from './ec2-api.js';

/** A look-up, as the process that carries it out gets it. */
export type Ec2Question = { readonly id: number; readonly settings: ClientSettings } & (
  | { readonly call: 'describeVpcs'; readonly input: DescribeVpcsInput }
  | { readonly call: 'describeSubnets'; readonly input: DescribeSubnetsInput }
);

/** What is told of an error of the SDK: what `awsErrorFacts` reads. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

export type Ec2Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: ToldError };

/** The parts of an error that can be told to another process. */
export function toldError(error: unknown): ToldError {
  const { name, message, code, $metadata } = (error instanceof Error ? error : new Error(String(error))) as Error &
    Partial<ToldError>;
  const { httpStatusCode, requestId } = $metadata ?? {};
  return {
    name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    ...($metadata
      ? { $metadata: { ...(httpStatusCode ? { httpStatusCode } : {}), ...(requestId ? { requestId } : {}) } }
      : {}),
  };
}

/** The error as it was, for who asked. */
export function errorFromTold({ message, ...facts }: ToldError): Error {
  return Object.assign(new Error(message), facts);
}
