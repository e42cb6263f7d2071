"""Probes Prefect where its versions differ: a JSON list of probes on standard input, a list of outcomes on standard output."""

import asyncio
import json
import logging
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

RUN_ID = "4d2b8f1e-0d8c-4c7e-9a51-0f6f3f0c1a01"


class Thing:
    def __init__(self, **members):
        self.__dict__.update(members)


class Api:
    """A server that keeps what is sent to it, and gives every request the same answer."""

    def __init__(self, status=200, body=None):
        self.bodies = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                api.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.answer(status, body)

            def do_GET(self):
                self.answer(422, {"detail": "CSRF protection is disabled."})

            def answer(self, code, content):
                payload = json.dumps(content).encode()
                self.send_response(code)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/api"


def settings(**values):
    from prefect.settings import temporary_settings
    from prefect.settings.legacy import _get_settings_fields
    from prefect.settings.models.root import Settings

    known = _get_settings_fields(Settings)
    return temporary_settings({known[name]: value for name, value in values.items()})


async def known_settings(names):
    from prefect.settings.legacy import _get_settings_fields
    from prefect.settings.models.root import Settings

    known = {setting.name for setting in _get_settings_fields(Settings).values()}
    return [name for name in names if name in known]


async def log_requests(batch_size, max_log_size, messages):
    """Lengths of the messages of each request, in order."""
    from prefect.logging.handlers import APILogHandler, APILogWorker

    api = Api()
    with settings(
        PREFECT_API_URL=api.url,
        PREFECT_LOGGING_TO_API_BATCH_SIZE=batch_size,
        PREFECT_LOGGING_TO_API_MAX_LOG_SIZE=max_log_size,
        PREFECT_LOGGING_TO_API_BATCH_INTERVAL=0.5,
    ):
        logger = logging.Logger("probe")
        logger.addHandler(APILogHandler())
        for character, count in messages:
            logger.info(character * count, extra={"flow_run_id": RUN_ID})
        await APILogWorker.instance().drain()
    return [[len(log["message"]) for log in body] for body in api.bodies]


async def plan_refusal(detail):
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate

    api = Api(403, {"detail": detail})
    with settings(PREFECT_API_URL=api.url):
        async with get_client() as client:
            try:
                await client.create_work_pool(WorkPoolCreate(name="p", type="ecs"))
            except Exception as error:
                return type(error).__name__


async def held_run(held):
    """Which of three runs are submitted; the first ones given are held by the limiter already."""
    import anyio
    from prefect.workers.base import BaseJobConfiguration, BaseWorker

    class Probe(BaseWorker):
        type = "probe"
        job_configuration = BaseJobConfiguration

        async def run(self, *_, **__):
            pass

    worker = Probe(work_pool_name="p", limit=10)
    worker._limiter = anyio.CapacityLimiter(10)
    submitted = []
    worker._runs_task_group = Thing(start_soon=lambda _, run: submitted.append(run.name))
    worker.get_flow_run_logger = lambda _: logging.getLogger("probe.run")
    runs = [Thing(id=uuid.uuid4(), name=str(index)) for index in range(3)]
    for run in runs[:held]:
        worker._limiter.acquire_on_behalf_of_nowait(run.id)
    try:
        await worker._submit_scheduled_flow_runs([Thing(flow_run=run) for run in runs])
    except Exception as error:
        return {"error": type(error).__name__, "submitted": submitted}
    return {"submitted": submitted}


async def cancel_after_lost_socket(failing_checks):
    """The socket breaks, and the first checks after it fail. Whether it is opened again, and the run found to be cancelled."""
    import httpx
    from prefect._internal import observers

    opened = []
    cancelled = asyncio.Event()
    checks = []

    class Subscriber:
        async def __aenter__(self):
            opened.append(self)
            return self

        async def __aexit__(self, *_):
            pass

        def __aiter__(self):
            return self

        async def __anext__(self):
            if len(opened) == 1:
                raise ConnectionError("the socket broke")
            await asyncio.sleep(3600)

    class Client:
        async def __aenter__(self):
            return self

        async def __aexit__(self, *_):
            pass

        async def read_flow_runs(self, flow_run_filter):
            checks.append(flow_run_filter)
            if len(checks) <= failing_checks:
                raise httpx.ConnectError("the check failed")
            return [Thing(id=uuid.UUID(RUN_ID))] if len(opened) > 1 else []

    with (
        patch.object(observers, "get_events_subscriber", lambda **_: Subscriber()),
        patch.object(observers, "get_client", lambda: Client()),
    ):
        observer = observers.FlowRunCancellingObserver(on_cancelling=lambda _: cancelled.set(), polling_interval=3600)
        observer.add_in_flight_flow_run_id(uuid.UUID(RUN_ID))
        async with observer:
            try:
                await asyncio.wait_for(cancelled.wait(), 20)
            except asyncio.TimeoutError:
                pass
    return {"isOpenedAgain": len(opened) > 1, "isFound": cancelled.is_set()}


PROBES = {
    "knownSettings": known_settings,
    "logRequests": log_requests,
    "planRefusal": plan_refusal,
    "heldRun": held_run,
    "cancelAfterLostSocket": cancel_after_lost_socket,
}


async def main():
    logging.disable(logging.CRITICAL)
    outcomes = []
    for probe in json.load(sys.stdin):
        logging.disable(logging.NOTSET if probe["probe"] == "logRequests" else logging.CRITICAL)
        outcomes.append(await PROBES[probe["probe"]](*probe["arguments"]))
    json.dump(outcomes, sys.stdout)


asyncio.run(main())
