import type { CompletedCommand, CompletedOption } from './completed-commands.js';

/** Generators of completion scripts by shell. */
export const COMPLETION_SCRIPTS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashScript,
  zsh: (commands) =>
    `#compdef worker-host\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}${ZSH_FIRST_CALL}`,
  fish: fishScript,
};

/** Loaded from `fpath`, zsh runs the file as the completion of the line that is being completed. */
const ZSH_FIRST_CALL = `if [ "\${funcstack[1]}" = '_worker-host' ]; then _bash_complete -F _worker_host; fi\n`;

/** Which words of the line are commands is found by going down the tree; choices stand behind the option they belong to. */
function bashScript(commands: readonly CompletedCommand[]): string {
  const words = commands.map(({ path, words: own, options }) => {
    const all = [...own.map(({ word }) => word), ...options.flatMap(({ names }) => names)];
    return `    ${quoted(keyOf(path))}) echo ${quoted(all.join(' '))} ;;`;
  });
  const choices = withValues(commands).map(({ path, name, choices: values }) => {
    return `    ${quoted(`${keyOf(path)} ${name}`)}) echo ${quoted(values.length === 0 ? ':' : values.join(' '))} ;;`;
  });
  const known = commands.filter(({ path }) => path.length > 0).map(({ path }) => quoted(keyOf(path)));
  return `# Completions of worker-host. Made by: worker-host completion
_worker_host_words() {
  case "$1" in
${words.join('\n')}
  esac
}
_worker_host_values() {
  case "$1" in
${choices.join('\n')}
  esac
}
_worker_host_is_command() {
  case "$1" in
    ${known.join('|')}) return 0 ;;
  esac
  return 1
}
_worker_host() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" path='' word next values index
  for ((index = 1; index < COMP_CWORD; index += 1)); do
    word="\${COMP_WORDS[index]}"
    [ "$word" = '--' ] && return
    next="\${path:+$path }$word"
    _worker_host_is_command "$next" && path="$next"
  done
  # --option=value is three words in bash, and one in zsh.
  local prefix=''
  case "$current" in
    '=') current='' ;;
    --*=*) previous="\${current%%=*}" prefix="\${current%%=*}=" current="\${current#*=}" ;;
  esac
  [ "$previous" = '=' ] && previous="\${COMP_WORDS[COMP_CWORD - 2]}"
  values="$(_worker_host_values "$path $previous")"
  local IFS=$'\\n'
  if [ "$values" = ':' ]; then
    compopt -o filenames 2> /dev/null
    COMPREPLY=($(compgen -P "$prefix" -f -- "$current"))
  else
    IFS=$' \\n'
    COMPREPLY=($(compgen -P "$prefix" -W "\${values:-$(_worker_host_words "$path")}" -- "$current"))
  fi
}
complete -F _worker_host worker-host
`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ path, words, options }) => {
    const when = conditionOf(
      path,
      words.map(({ word }) => word),
    );
    return [
      ...words.map(
        ({ word, summary }) => `complete -c worker-host -f -n ${when} -a ${quoted(word)} -d ${quoted(summary)}`,
      ),
      ...options.map((option) => `complete -c worker-host -n ${conditionOf(path, [])} ${fishOption(option)}`),
    ];
  });
  return `# Completions of worker-host. Made by: worker-host completion fish\n${lines.join('\n')}\n`;
}

function fishOption({ names, description, choices }: CompletedOption): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ');
  const value = choices === null ? '' : choices.length === 0 ? ' -r' : ` -x -a ${quoted(choices.join(' '))}`;
  return `${flags}${value} -d ${quoted(description)}`;
}

/** Returns whether the line contains the words of the path, and none of the next ones. */
function conditionOf(path: readonly string[], next: readonly string[]): string {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const unseen = next.length === 0 ? [] : [`not __fish_seen_subcommand_from ${next.join(' ')}`];
  const all = [...seen, ...unseen];
  return quoted(all.length === 0 ? 'true' : all.join('; and '));
}

function withValues(commands: readonly CompletedCommand[]) {
  return commands.flatMap(({ path, options }) =>
    options.flatMap(({ names, choices }) => (choices === null ? [] : names.map((name) => ({ path, name, choices })))),
  );
}

function keyOf(path: readonly string[]): string {
  return path.join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
