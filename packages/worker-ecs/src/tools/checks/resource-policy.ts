import { objectIn } from '../aws/aws-query.js';

/** What a service of AWS asks of a resource that has a policy: a queue, a key, or a role by its trust policy. */
export interface ServiceRequest {
  /** Such as `events.amazonaws.com`. */
  readonly service: string;
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  /** Null: the policy is that of the one resource it stands at. */
  readonly resource: string | null;
  /** For `aws:SourceAccount`. */
  readonly sourceAccount: string;
  /** For `aws:SourceArn`: any of them asks. */
  readonly sourceArns: readonly string[];
}

/**
 * Whether a policy lets a service do something. Conditions on what is not known of the request count in favour of it, so that `false`
 * is certain.
 *
 * @param policy JSON. Empty: there is none.
 */
export function allowsService(policy: string, request: ServiceRequest): boolean {
  const { Statement: written = [] } = objectIn(JSON.parse(policy || '{}'));
  const fitting = [written]
    .flat()
    .map(objectIn)
    .filter((statement) => isFor(statement, request))
    .map((statement) => ({ effect: statement.Effect, isMet: isMet(statement.Condition, request) }));
  const isDenied = fitting.some(({ effect, isMet: met }) => effect === 'Deny' && met === true);
  return !isDenied && fitting.some(({ effect, isMet: met }) => effect === 'Allow' && met !== false);
}

function isFor(statement: Readonly<Record<string, unknown>>, { service, action, resource }: ServiceRequest): boolean {
  const principal = objectIn(statement.Principal);
  const principals = [...textsOf(principal.Service), ...textsOf(principal.AWS).filter((each) => each === '*')];
  const isOfService = statement.Principal === '*' || principals.some((each) => each === service || each === '*');
  const actions = textsOf(statement.Action ?? statement.NotAction);
  const isNamed = actions.some((each) => fits(each.toLowerCase(), action.toLowerCase()));
  const resources = textsOf(statement.Resource);
  const isOfResource = resource === null || resources.length === 0 || resources.some((each) => fits(each, resource));
  return isOfService && isOfResource && isNamed === (statement.NotAction === undefined);
}

/** Null: it depends on what is not known. */
function isMet(condition: unknown, request: ServiceRequest): boolean | null {
  const known: Readonly<Record<string, readonly string[]>> = {
    'aws:sourceaccount': [request.sourceAccount],
    'aws:sourcearn': request.sourceArns,
    'aws:securetransport': ['true'],
  };
  const answers = Object.entries(objectIn(condition)).flatMap(([operator, keys]) =>
    Object.entries(objectIn(keys)).map(([key, wanted]) => {
      const values = (known[key.toLowerCase()] ?? []).filter((value) => value !== '');
      const [, not = ''] = /^(?:For(?:Any|All)Values?:)?(?:Arn|String|Bool)(Not)?/.exec(operator) ?? [null, null];
      if (values.length === 0 || not === null) return null;
      const isAny = values.some((value) => textsOf(wanted).some((pattern) => fits(pattern, value)));
      return isAny === (not === '');
    }),
  );
  if (answers.includes(false)) return false;
  return answers.includes(null) ? null : true;
}

function textsOf(value: unknown): readonly string[] {
  return value === undefined ? [] : [value].flat().map(String);
}

/** By the wildcards of policies. */
function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}
