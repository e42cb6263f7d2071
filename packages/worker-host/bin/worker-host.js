#!/usr/bin/env node
import { runCommandLine } from '../dist/src/cli/main.js';

await runCommandLine(process.argv);
