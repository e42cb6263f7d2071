/** What an exit status usually means, with what to look at. */
interface Explanation {
  readonly text: string;
  readonly resolution: string | null;
}

const EXPLANATIONS: ReadonlyMap<number, Explanation> = new Map([
  [1, { text: 'The job ended with a general error.', resolution: 'Read the end of its log for the error itself.' }],
  [
    125,
    { text: 'The container could not be run.', resolution: 'Look at the command and the options of its container.' },
  ],
  [
    126,
    {
      text: 'The command was found but could not be executed.',
      resolution: 'Look at its file permissions, and whether it is built for this processor architecture.',
    },
  ],
  [
    127,
    {
      text: 'The command was not found.',
      resolution: 'Check the command, and that the image holds it and has it on its PATH.',
    },
  ],
  [
    137,
    {
      text: 'The job was killed (SIGKILL), often because it used more memory than it was given.',
      resolution: 'Give it more memory, or let it need less.',
    },
  ],
  [143, { text: 'The job was asked to stop (SIGTERM) from outside.', resolution: null }],
  [
    247,
    {
      text: 'The job was ended for its use of memory.',
      resolution: 'Give it more memory, or let it need less.',
    },
  ],
  [-9, { text: 'The job was killed (SIGKILL).', resolution: 'Give it more memory, or see who stopped it.' }],
  [-15, { text: 'The job was asked to stop (SIGTERM) from outside.', resolution: null }],
  [0xc000013a, { text: 'The job was stopped by Ctrl-C in its console.', resolution: null }],
  [-1, { text: 'The job ended without an exit status.', resolution: null }],
]);

const GENERIC: Explanation = {
  text: 'The job ended with an error of its own.',
  resolution: 'Read the end of its log for the error itself.',
};

/** What a non-zero exit status means, for people. */
export function explainExit(statusCode: number): Explanation {
  return EXPLANATIONS.get(statusCode) ?? GENERIC;
}
