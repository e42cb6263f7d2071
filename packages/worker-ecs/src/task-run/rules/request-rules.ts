import { jsonText } from '../../utilities/json-text.js';
import type { TaskRunRule } from './task-run-to-check.js';

/** Rejects `count` above 1: a run is one task, and the others would not be watched. */
export const oneTask: TaskRunRule = ({ request: { count = 1 } }) =>
  count === 1
    ? []
    : [
        {
          path: 'task_run_request.count',
          expected: '1, because a run is one task',
          found: jsonText(count),
          suggestion: 'to omit it, and to create one run per task',
        },
      ];
