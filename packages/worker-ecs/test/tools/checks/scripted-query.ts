import type { AwsQuery, QueryValues } from '../../../src/tools/aws/aws-query.js';

/** What an action answers: the same always, or by its input; an error is thrown. */
export type ScriptedAnswer = QueryValues | Error | ((input: QueryValues, region: string) => QueryValues | Error);

/** AWS that answers each action by a script, and all others with nothing. */
export function scriptedQuery(script: Readonly<Record<string, ScriptedAnswer>>, region = 'us-east-1'): AwsQuery {
  return {
    region,
    clockAheadMs: null,
    call: async (_service, action, input = {}) => {
      const scripted = script[action] ?? {};
      const answer = typeof scripted === 'function' ? scripted(input, region) : scripted;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    in: (other) => scriptedQuery(script, other),
    close: () => {},
  };
}

/** An error as AWS answers. */
export function refusal(name: string): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 400 } });
}
