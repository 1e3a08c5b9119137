"""The job queue: the only file that knows Procrastinate.

Jobs are rows in the same database, so enqueueing commits with the change that asked for it. A job that fails with
`UnavailableError` is tried again; any other error ends it. A job whose worker died is put back by `retry_stalled`,
so every task must be safe to run twice.
"""

import asyncio
import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.db import close_old_connections, connection
from procrastinate import JobContext, RetryStrategy, jobs
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.tasks import Task

from prodsec.kit import clock
from prodsec.kit.errors import UnavailableError

HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 10.0

_Function = TypeVar("_Function", bound=Callable[..., Any])
_RETRY = RetryStrategy(max_attempts=5, exponential_wait=3, retry_exceptions=[UnavailableError])


def task(*, queue: str = "default", name: str | None = None) -> Callable[[_Function], Task[..., Any, ...]]:
    """Declare a background task; its arguments are ids and plain values, never objects or secrets."""

    def declare(function: _Function) -> Task[..., Any, ...]:
        return app.task(queue=queue, name=name, retry=_RETRY)(_with_living_connection(function))

    return declare


def _with_living_connection(function: _Function) -> _Function:
    """As a web request does: a worker outlives restarts of the database, its connection does not."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if connection.in_atomic_block:  # a task that somebody calls, as a function, inside their own transaction
            return function(*args, **kwargs)
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return cast("_Function", run)


def enqueue(job: Task[..., Any, ...], *, lock: str | None = None, priority: int = 0, **arguments: Any) -> int:
    """Put a job into the queue within the caller's transaction. Returns the job's id.

    lock: jobs with the same lock run one after another, in the order they were enqueued.
    """
    job_id: int = job.configure(lock=lock, priority=priority).defer(**arguments)
    return job_id


def enqueue_named(name: str, *, lock: str | None = None, priority: int = 0, **arguments: Any) -> int:
    """As `enqueue`, for a service that asks for a job by its name: tasks are doors and stand above services."""
    job_id: int = app.configure_task(name, lock=lock, priority=priority).defer(**arguments)
    return job_id


def periodic(cron: str, *, name: str) -> Callable[[Callable[[int], None]], Task[..., Any, ...]]:
    """Declare a task that runs by the clock, never twice at once; its one argument, `timestamp`, is the Unix time it was due.

    cron: five fields, or six with seconds last.
    """

    def declare(function: Callable[[int], None]) -> Task[..., Any, ...]:
        declared = app.task(queueing_lock=name, name=name)(_with_living_connection(function))
        return app.periodic(cron=cron, periodic_id=name)(declared)

    return declare


def cancel(job_id: int) -> bool:
    """Ask that a job not start, or stop at its next look. Returns False when it is already over."""
    return app.job_manager.cancel_job_by_id(job_id, abort=True)


def is_live(job_id: int) -> bool:
    """Whether the job still waits or runs."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.filter(id=job_id, status__in=("todo", "doing")).exists()


def is_under_way(name: str) -> bool:
    """Whether a job of this name waits or runs. Cost: 1 query."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.filter(task_name=name, status__in=("todo", "doing")).exists()


@dataclass(frozen=True)
class JobRow:
    """A job that is still in the queue. status: `todo`, `doing`, `failed`, `cancelled`, `aborted`."""

    id: int
    task: str
    status: str
    attempts: int
    arguments: dict[str, object]
    scheduled_at: datetime.datetime | None


def newest(most: int) -> list[JobRow]:
    """Jobs that wait, run or failed, newest first; one that succeeded is not kept. Cost: 1 query."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    return [
        JobRow(
            id=job.id,
            task=job.task_name,
            status=job.status,
            attempts=job.attempts,
            arguments=dict(job.args),
            scheduled_at=job.scheduled_at,
        )
        for job in ProcrastinateJob.objects.order_by("-id")[:most]
    ]


def living_workers() -> int:
    """How many workers showed a sign of life lately. Cost: 1 query."""
    from procrastinate.contrib.django.models import ProcrastinateWorker

    oldest = clock.now() - datetime.timedelta(seconds=STALLED_SECONDS)
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=oldest).count()


@app.periodic(cron="* * * * * */5", periodic_id="retry_stalled")
@app.task(queueing_lock="retry_stalled", pass_context=True, name="prodsec.kit.jobs.retry_stalled")
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Put back the jobs of workers that died."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        await app.job_manager.retry_job(job)


def run_worker(*, concurrency: int = 1, wait: bool = True) -> None:
    """Work until told to stop (SIGTERM, SIGINT), or with `wait=False` until the queue is empty."""

    async def work() -> None:
        with app.replace_connector(cast(DjangoConnector, app.connector).get_worker_connector()):
            async with app.open_async():
                await app.run_worker_async(
                    concurrency=concurrency,
                    wait=wait,
                    delete_jobs=jobs.DeleteJobCondition.SUCCESSFUL,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    fetch_job_polling_interval=1.0,
                    abort_job_polling_interval=1.0,
                    shutdown_graceful_timeout=20,
                )

    asyncio.run(work())
