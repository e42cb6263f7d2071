/** Usual meaning of an exit status, with what to check. */
interface Explanation {
  readonly text: string;
  readonly resolution: string | null;
}

const EXPLANATIONS: ReadonlyMap<number, Explanation> = new Map([
  [1, { text: 'The job ended with a general error.', resolution: 'Read the end of its log for the error itself.' }],
  [125, { text: 'The container could not be run.', resolution: 'Check the command and the options of its container.' }],
  [
    126,
    {
      text: 'The command was found but could not be executed.',
      resolution: 'Check its file permissions, and whether it is built for this processor architecture.',
    },
  ],
  [
    127,
    {
      text: 'The command was not found.',
      resolution: 'Check the command, and that it is installed and on the PATH.',
    },
  ],
  [
    137,
    {
      text: 'The job was killed (SIGKILL), often because it used more memory than allowed.',
      resolution: 'Raise its memory, or reduce its memory usage.',
    },
  ],
  [143, { text: 'The job was stopped from outside (SIGTERM).', resolution: null }],
  [
    247,
    {
      text: 'The job was killed because of its memory usage.',
      resolution: 'Raise its memory, or reduce its memory usage.',
    },
  ],
  [-9, { text: 'The job was killed (SIGKILL).', resolution: 'Raise its memory, or find out what killed it.' }],
  [-15, { text: 'The job was stopped from outside (SIGTERM).', resolution: null }],
  [0xc000013a, { text: 'The job was stopped by Ctrl-C in its console.', resolution: null }],
  [-1, { text: 'The job ended without an exit status.', resolution: null }],
]);

const GENERIC: Explanation = {
  text: 'The job exited with an error code of its own.',
  resolution: 'Read the end of its log for the error itself.',
};

/** Explains a non-zero exit status, for people. */
export function explainExit(statusCode: number): Explanation {
  return EXPLANATIONS.get(statusCode) ?? GENERIC;
}
