"""Flows of the interop suite: small, real, each with one trait."""

import os
import time

from prefect import flow, get_run_logger, task
from prefect.deployments import run_deployment
from prefect.flow_runs import pause_flow_run, suspend_flow_run


@task
def add(a: int, b: int) -> int:
    return a + b


@flow
def happy(n: int = 1) -> int:
    get_run_logger().info("happy flow says %d", n)
    return add(n, 1)


@flow
def failing():
    raise ValueError("this flow fails on purpose")


@flow(retries=1, retry_delay_seconds=0)
def retried(marker: str):
    if not os.path.exists(marker):
        open(marker, "w").close()
        raise ValueError("the first try fails")
    return "second try"


@flow(retries=1, retry_delay_seconds=600)
def retried_late():
    raise ValueError("the first try fails")


@flow
def slow(seconds: float = 600):
    get_run_logger().info("slow flow begins")
    time.sleep(seconds)


def wait_for(marker: str):
    while not os.path.exists(marker):
        time.sleep(0.1)


@flow
def raises_when_told(marker: str):
    wait_for(marker)
    raise ValueError("raised while the API was away")


@flow
def crashes_when_told(marker: str):
    wait_for(marker)
    raise SystemExit(3)


@flow
def completes_when_told(marker: str):
    wait_for(marker)


@flow
def paused():
    pause_flow_run(timeout=120, poll_interval=1)
    return "resumed"


@flow(persist_result=True)
def suspended():
    suspend_flow_run(timeout=120)
    return "resumed"


@flow
def parent(child: str):
    run = run_deployment(child, timeout=90, poll_interval=1, parameters={"n": 5})
    assert run.state.is_completed(), run.state
    return str(run.id)
