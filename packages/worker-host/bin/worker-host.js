#!/usr/bin/env node
import module from 'node:module';

// Node 22 and newer keep compiled code between starts.
module.enableCompileCache?.();
const { runCommandLine } = await import('../dist/src/cli/main.js');
await runCommandLine(process.argv);
