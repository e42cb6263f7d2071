import { isFunction } from './syntax.mjs';

const BOUNDARIES = new Map([
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>'],
]);
const OPPOSITES = new Map([
  ['<', '>='],
  ['<=', '>'],
  ['>', '<='],
  ['>=', '<'],
  ['===', '!=='],
  ['!==', '==='],
  ['==', '!='],
  ['!=', '=='],
]);
const ARITHMETIC = new Map([
  ['+', '-'],
  ['-', '+'],
  ['*', '/'],
  ['/', '*'],
  ['%', '*'],
  ['**', '*'],
]);
const ASSIGNMENTS = new Map([
  ['+=', '-='],
  ['-=', '+='],
  ['*=', '/='],
  ['/=', '*='],
  ['??=', '='],
  ['||=', '='],
  ['&&=', '='],
]);
const SWAPPED_METHODS = new Map([
  ['min', 'max'],
  ['max', 'min'],
  ['some', 'every'],
  ['every', 'some'],
]);
const DROPPED_METHODS = new Set(['filter', 'slice', 'sort', 'toSorted', 'reverse', 'toReversed']);
/** Log calls for developers only. */
const UNREAD_LOGS = new Set(['debug', 'trace']);

const CHOICES = new Set(['IfStatement', 'ConditionalExpression']);
const LOOPS = new Set(['WhileStatement', 'DoWhileStatement', 'ForStatement']);
const REMOVED_STATEMENTS = new Set(['ExpressionStatement', 'ThrowStatement', 'BreakStatement', 'ContinueStatement']);

/**
 * Returns the changes for one expression or statement. `place` is the parent node, the node's key in it, and whether it is
 * in a constructor. A change is a kind and the text that replaces the node; `null`: the statement is removed.
 */
export function changesOf(node, place, code) {
  const textOf = (part) => code.slice(part.start, part.end);
  const changes = [...changesByPlace(node, place), ...changesByKind(node, place, textOf)];
  return changes.filter(
    ({ text }, index) => text !== textOf(node) && changes.findIndex((each) => each.text === text) === index,
  );
}

function changesByPlace(node, { parent, key }) {
  if (key === 'test' && node.type !== 'Literal') {
    if (CHOICES.has(parent.type)) return [change('condition', 'true'), change('condition', 'false')];
    if (LOOPS.has(parent.type)) return [change('condition', 'false')];
  }
  const isReturned =
    (parent.type === 'ReturnStatement' && key === 'argument') ||
    (parent.type === 'ArrowFunctionExpression' && key === 'body' && node.type !== 'BlockStatement');
  return isReturned && !showsByItself(node) ? [change('return', 'undefined')] : [];
}

function changesByKind(node, place, textOf) {
  if (REMOVED_STATEMENTS.has(node.type)) return isRemovable(node, place) ? [change('statement', null)] : [];
  switch (node.type) {
    case 'ReturnStatement':
      return node.argument === null ? [change('statement', null)] : [];
    case 'LogicalExpression':
      return logicalChanges(node, textOf);
    case 'BinaryExpression':
      return binaryChanges(node, place, textOf);
    case 'UnaryExpression':
      if (node.operator === '!') return isTerm(place) ? [] : [change('condition', textOf(node.argument))];
      return node.operator === '-' ? [change('arithmetic', textOf(node.argument))] : [];
    case 'UpdateExpression':
      return [change('arithmetic', updated(node, textOf))];
    case 'AssignmentExpression':
      return assignmentChanges(node, textOf);
    case 'CallExpression':
      return callChanges(node, textOf);
    case 'Literal':
      return literalChanges(node, textOf);
    default:
      return [];
  }
}

function logicalChanges({ left, operator, right }, textOf) {
  const isForTypesOnly = operator === '??' && (isEmpty(right) || isText(right, ''));
  return [...(isForTypesOnly ? [] : [change('condition', textOf(left))]), change('condition', textOf(right))];
}

function binaryChanges({ left, operator, right }, place, textOf) {
  const by = (kind, other) => change(kind, `${operand(left, textOf)} ${other} ${operand(right, textOf)}`);
  if (OPPOSITES.has(operator)) {
    const hasBoundary = BOUNDARIES.has(operator) && !(operator === '>' && isSize(left) && right.value === 0);
    const boundary = hasBoundary ? [by('condition', BOUNDARIES.get(operator))] : [];
    return isTerm(place) ? boundary : [...boundary, by('condition', OPPOSITES.get(operator))];
  }
  if (!ARITHMETIC.has(operator) || isText(left) || isText(right)) return [];
  return [by('arithmetic', ARITHMETIC.get(operator))];
}

function assignmentChanges({ left, operator, right }, textOf) {
  if (!ASSIGNMENTS.has(operator) || isText(right)) return [];
  return [change('arithmetic', `${textOf(left)} ${ASSIGNMENTS.get(operator)} ${textOf(right)}`)];
}

function callChanges({ callee, arguments: args }, textOf) {
  if (callee.type !== 'MemberExpression' || callee.computed) return [];
  const { name } = callee.property;
  const swapped = SWAPPED_METHODS.get(name);
  if (swapped !== undefined) {
    return [change('call', `${operand(callee.object, textOf)}.${swapped}(${args.map(textOf).join(', ')})`)];
  }
  return DROPPED_METHODS.has(name) ? [change('call', textOf(callee.object))] : [];
}

function literalChanges({ value, start, end }, textOf) {
  if (typeof value === 'boolean') return [change('literal', String(!value))];
  return typeof value === 'number' ? [change('literal', doubled(value, textOf({ start, end })))] : [];
}

/** Doubles a number, and turns 0 into 1: tests should notice a limit or a pause that is twice as long. */
export function doubled(value, text) {
  return value === 0 ? '1' : `${text} * 2`;
}

/** A term of a condition: replacing it by `true` and by `false` already shows what its negation would. */
function isTerm({ parent, key }) {
  return (
    parent.type === 'LogicalExpression' || (key === 'test' && (CHOICES.has(parent.type) || LOOPS.has(parent.type)))
  );
}

/** Values whose own changes already show what `undefined` in their place would, and constants. */
function showsByItself(node) {
  return (
    (node.type === 'Literal' && typeof node.value !== 'string') ||
    (node.type === 'Identifier' && node.name === 'undefined') ||
    (node.type === 'UnaryExpression' && (node.operator === '!' || node.operator === 'void')) ||
    (node.type === 'BinaryExpression' && OPPOSITES.has(node.operator)) ||
    node.type === 'LogicalExpression' ||
    isFunction(node)
  );
}

function isRemovable(node, { isInConstructor }) {
  if (node.type !== 'ExpressionStatement') return true;
  const { expression } = node;
  if (expression.type === 'Literal') return false;
  if (isInConstructor && expression.type === 'AssignmentExpression') {
    return !(expression.left.type === 'MemberExpression' && isEmpty(expression.right));
  }
  if (expression.type !== 'CallExpression') return true;
  const { callee } = expression;
  if (callee.type === 'Super') return false;
  return !(callee.type === 'MemberExpression' && UNREAD_LOGS.has(callee.property.name));
}

/** Values that behave like a missing one: `null`, `undefined` and `false`. */
function isEmpty(node) {
  if (node.type === 'Identifier') return node.name === 'undefined';
  return node.type === 'Literal' && (node.value === null || node.value === false);
}

function isSize(node) {
  return node.type === 'MemberExpression' && ['length', 'size'].includes(node.property.name);
}

function isText(node, text = null) {
  if (node.type === 'TemplateLiteral') return text === null;
  return node.type === 'Literal' && typeof node.value === 'string' && (text === null || node.value === text);
}

function updated({ operator, prefix, argument }, textOf) {
  const other = operator === '++' ? '--' : '++';
  return prefix ? `${other}${textOf(argument)}` : `${textOf(argument)}${other}`;
}

/** The text of an operand, with parentheses where another operator could bind more tightly. */
function operand(node, textOf) {
  const isWhole =
    /^(?:Identifier|ThisExpression|Literal|MemberExpression|CallExpression|ChainExpression|Template)/.test(node.type);
  return isWhole ? textOf(node) : `(${textOf(node)})`;
}

function change(kind, text) {
  return { kind, text };
}
