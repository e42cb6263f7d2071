// Asks the worker of this container how it is. Exit code 0: its loops turn. With `ready`: it claims runs.
const path = process.argv[2] === 'ready' ? 'ready' : 'health';
const port = process.env.WORKER_HOST_WEBSERVER_PORT || process.env.PREFECT_WORKER_WEBSERVER_PORT || '8080';
try {
  const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { signal: AbortSignal.timeout(4_000) });
  console.log(await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.log(`http://127.0.0.1:${port}/${path} does not respond: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
