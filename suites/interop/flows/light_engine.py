"""Reports Running and Completed for the run in the environment, as the engine does, without importing it.

Its argument is how many seconds it runs, or the path of a file whose creation ends it.
With --crashes it forces Crashed when it is asked to stop, before it ends: as the engine does, but never too late.
"""

import json
import os
import signal
import sys
import time
import urllib.request

API = os.environ["PREFECT_API_URL"]
RUN = os.environ["PREFECT__FLOW_RUN_ID"]


def set_state(kind: str) -> str:
    """Waits as long as the server asks: a run may be launched before its time."""
    while True:
        answer = propose(kind)
        if answer["status"] != "WAIT":
            return answer["status"]
        time.sleep(answer["details"]["delay_seconds"])


def propose(kind: str, force: bool = False) -> dict:
    body = {"state": {"type": kind, "name": kind.capitalize()}, "force": force}
    request = urllib.request.Request(
        f"{API}/flow_runs/{RUN}/set_state",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    for _ in range(60):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"could not report {kind}")


def crash(*_: object) -> None:
    propose("CRASHED", force=True)
    raise SystemExit(143)


if "--crashes" in sys.argv:
    signal.signal(signal.SIGTERM, crash)
lasts = sys.argv[1] if len(sys.argv) > 1 else "0"
if set_state("RUNNING") != "ACCEPT":
    raise SystemExit(0)
if os.path.isabs(lasts):
    while not os.path.exists(lasts):
        time.sleep(0.2)
else:
    time.sleep(float(lasts))
set_state("COMPLETED")
