import { afterAll, beforeAll, describe, it } from 'vitest';
import { workerContract } from '../../../src/conformance/worker-contract.js';
import { memoryPlugin } from '../memory-worker.js';
import { chosenWorld } from './chosen-world.js';

const runner = { describe, it, before: beforeAll, after: afterAll };
workerContract({ runner, plugin: memoryPlugin, arrange: chosenWorld });
