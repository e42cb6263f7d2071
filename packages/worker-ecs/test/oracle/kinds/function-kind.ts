import {
  type ApplyOptions,
  applyValues,
  findPlaceholders,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  NotSet,
  resolveBlockDocumentReferences,
  resolveVariables,
  variableDefaults,
} from '@worker-host/core';
import {
  diagnoseEcsTask,
  dropEmpty,
  maskApiKey,
  maskSensitiveEnvValues,
  parseIdentifier,
  slugifyTag,
  splitCommand,
  taskDefinitionsEqual,
} from '@worker-host/ecs';
import type { FunctionInput, OracleCase } from '../case-types.js';
import { messageOf, missingMentions } from '../compare/about.js';
import { type Difference, differences } from '../compare/difference.js';
import { divergencesOf } from '../compare/divergence.js';
import { normalise } from '../compare/normalise.js';
import { RecordingReferences } from '../support/recording-references.js';

type FunctionCase = Extract<OracleCase, { kind: 'function' }>;

/** Runs a case of kind `function`: calls one public function. */
export async function differencesOfFunction({ input, expect }: FunctionCase): Promise<readonly Difference[]> {
  const divergences = divergencesOf(expect.diverges);
  const references = new RecordingReferences(input);
  const outcome = await Promise.resolve()
    .then(() => call(input, references))
    .then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
  if (expect.error) {
    const mayPass = divergences.has('ours-may-pass') || divergences.has('ours-passes');
    if ('result' in outcome) return mayPass ? [] : [{ path: 'error', expected: expect.error, got: outcome.result }];
    return missingMentions(messageOf(outcome.error), expect.error.about, 'error.about');
  }
  if ('error' in outcome) {
    return divergences.has('ours-may-refuse')
      ? []
      : [{ path: 'error', expected: 'no error', got: messageOf(outcome.error) }];
  }
  const found = input.function === 'diagnoseEcsTask' ? ofDiagnosis(expect.result, outcome.result) : null;
  const reads = expect.reads ? differences([...expect.reads].sort(), [...references.reads].sort(), 'reads') : [];
  const result = normalise(expect.result ?? null);
  return [...(found ?? differences(result, normalise(outcome.result), 'result')), ...reads];
}

async function call(input: FunctionInput, references: RecordingReferences): Promise<JsonValue> {
  const { arguments: given, options = {} } = input;
  const [first = null, second = null] = given;
  const text = String(first);
  const object: JsonObject = isJsonObject(first) ? first : {};
  switch (input.function) {
    case 'parseIdentifier':
      return { ...parseIdentifier(text) };
    case 'maskSensitiveEnvValues':
      return maskSensitiveEnvValues(
        object,
        (second ?? []) as string[],
        options.keep_length as number | undefined,
        options.replace_with as string | undefined,
      );
    case 'maskApiKey':
      return maskApiKey(object);
    case 'slugifyTag':
      return slugifyTag(text);
    case 'splitCommand':
      return splitCommand(text);
    case 'findPlaceholders':
      return findPlaceholders(first)
        .map(({ name, kind }) => ({ name, kind }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    case 'applyValues': {
      const applied = applyValues(first, isJsonObject(second) ? second : {}, applyOptions(input));
      return applied === NotSet ? { $notSet: true } : applied;
    }
    case 'resolveBlockDocumentReferences':
      return resolveBlockDocumentReferences(first, references);
    case 'resolveVariables':
      return resolveVariables(first, references);
    case 'variableDefaults':
      return variableDefaults(object);
    case 'dropEmpty':
      return dropEmpty(object);
    case 'taskDefinitionsEqual':
      return taskDefinitionsEqual(object, isJsonObject(second) ? second : {});
    case 'diagnoseEcsTask':
      return diagnose(object);
    default:
      throw new Error(`the runner knows no function ${input.function}`);
  }
}

function applyOptions({ options = {}, environment = {} }: FunctionInput): ApplyOptions {
  return {
    environment,
    ...(options.remove_notset === undefined ? {} : { removeNotSet: options.remove_notset === true }),
    ...(options.skip_prefixes === undefined ? {} : { skipPrefixes: options.skip_prefixes as string[] }),
  };
}

function diagnose(detail: JsonObject): JsonValue {
  const diagnosis = diagnoseEcsTask(detail);
  if (!diagnosis) return null;
  const { kind, level, summary, detail: what, resolution } = diagnosis;
  return { kind, level, message: `${summary} ${what} ${resolution ?? ''}` };
}

function ofDiagnosis(expected: JsonValue | undefined, got: JsonValue): Difference[] {
  if (!isJsonObject(expected) || !isJsonObject(got)) return differences(expected ?? null, got, 'result');
  const { about, ...rest } = expected;
  const { message, ...own } = got;
  const words = Array.isArray(about) ? about.map(String) : [];
  return [...differences(rest, own, 'result'), ...missingMentions(String(message), words, 'result.about')];
}
