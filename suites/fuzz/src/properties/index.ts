import type { Property } from '../property.js';
import { answers } from './answers.js';
import { commands } from './commands.js';
import { files } from './files.js';
import { messages } from './messages.js';
import { shown } from './shown.js';
import { rows } from './stored.js';
import { templates } from './templates.js';

/** Every property. */
export const PROPERTIES: readonly Property[] = [
  ...templates,
  ...messages,
  ...answers,
  ...files,
  ...commands,
  ...rows,
  ...shown,
];
