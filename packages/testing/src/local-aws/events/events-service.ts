import { arnOf } from '../server/arn.js';
import { AwsError } from '../server/aws-error.js';
import type { Answer, OperationTable, Params } from '../server/operation.js';
import type { EventRule, EventRules } from './event-rules.js';

/** EventBridge: rules of the default bus with patterns, whose targets are queues. */
export function eventsOperations(rules: EventRules, account: string, region: string): OperationTable {
  const ruleOf = (name: unknown): EventRule => {
    const rule = rules.all.get(String(name));
    if (rule !== undefined) return rule;
    throw new AwsError('ResourceNotFoundException', `Rule ${String(name)} does not exist on EventBus default.`);
  };
  return {
    PutRule: (params) => {
      const name = String(params.Name ?? '');
      const pattern = String(params.EventPattern ?? '');
      if (!isJson(pattern))
        throw new AwsError('InvalidEventPatternException', 'Event pattern is not valid. Reason: Invalid JSON');
      const rule: EventRule = {
        name,
        arn: arnOf('events', region, account, `rule/${name}`),
        pattern,
        state: params.State === 'DISABLED' ? 'DISABLED' : 'ENABLED',
        description: String(params.Description ?? ''),
        targets: rules.all.get(name)?.targets ?? new Map(),
      };
      rules.all.set(name, rule);
      return { RuleArn: rule.arn };
    },
    DescribeRule: (params) => ruleElement(ruleOf(params.Name)),
    ListRules: (params) => {
      const prefix = String(params.NamePrefix ?? '');
      return { Rules: [...rules.all.values()].filter(({ name }) => name.startsWith(prefix)).map(ruleElement) };
    },
    ListRuleNamesByTarget: (params) => {
      const target = String(params.TargetArn);
      const found = [...rules.all.values()].filter(({ targets }) => [...targets.values()].includes(target));
      return { RuleNames: found.map(({ name }) => name) };
    },
    DeleteRule: (params) => {
      const { name, targets } = ruleOf(params.Name);
      if (targets.size > 0) throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
      rules.all.delete(name);
      return {};
    },
    PutTargets: (params) => {
      const { targets } = ruleOf(params.Rule);
      for (const { Id, Arn } of targetsOf(params)) targets.set(Id, Arn);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    ListTargetsByRule: (params) => ({
      Targets: [...ruleOf(params.Rule).targets].map(([Id, Arn]) => ({ Id, Arn })),
    }),
    RemoveTargets: (params) => {
      const { targets } = ruleOf(params.Rule);
      for (const id of (params.Ids ?? []) as readonly string[]) targets.delete(id);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
  };
}

function targetsOf({ Targets }: Params): readonly { readonly Id: string; readonly Arn: string }[] {
  return (Targets ?? []) as readonly { readonly Id: string; readonly Arn: string }[];
}

function ruleElement({ name, arn, pattern, state, description }: EventRule): Answer {
  return {
    Name: name,
    Arn: arn,
    EventPattern: pattern,
    State: state,
    Description: description,
    EventBusName: 'default',
  };
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
