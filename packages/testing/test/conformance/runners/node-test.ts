import { after, before, describe, it } from 'node:test';
import { workerContract } from '../../../src/conformance/worker-contract.js';
import { memoryPlugin } from '../memory-worker.js';
import { chosenWorld } from './chosen-world.js';

workerContract({ runner: { describe, it, before, after }, plugin: memoryPlugin, arrange: chosenWorld });
