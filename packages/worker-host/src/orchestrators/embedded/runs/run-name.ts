const ADJECTIVES =
  'amber brisk calm clever cosy daring eager fabled gentle golden happy ivory jolly keen lively lucky mellow merry nimble noble patient plucky proud quick quiet rapid rosy silver smart snug steady sunny swift tidy vivid warm wise witty young zesty'.split(
    ' ',
  );
const ANIMALS =
  'badger beaver bison crane dolphin eagle falcon ferret finch fox gecko heron ibex jackdaw kestrel lark lemur lynx marten mole newt osprey otter owl panda puffin quail raven robin seal shrew stoat swan tapir tern toad trout vole weasel wren'.split(
    ' ',
  );

/** A name people can say, such as `brisk-otter`. */
export function randomRunName(random: () => number = Math.random): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? 'run';
  return `${pick(ADJECTIVES)}-${pick(ANIMALS)}`;
}
