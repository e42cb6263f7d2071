#!/usr/bin/env node
import { runLocalAwsCommand } from '../dist/src/local-aws/command.js';

await runLocalAwsCommand(process.argv.slice(2));
