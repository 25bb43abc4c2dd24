"""Import once what the services share, fork a process for each, and end them all when one ends.

The listening sockets are opened before anything slow, so that a port that is taken shows at once and stays ours while
the services load. Every child is in the session of this process and dies with it, even by SIGKILL.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from pathlib import Path

from sandbox_services.plan import Plan, Service, read_plan

_PR_SET_PDEATHSIG = 1
_LOG_TAIL_LINES = 15

# What at least two of the services import, largest first: the rest loads in the children, side by side.
_SHARED_MODULES = (
    "sandbox_services.sqlite",
    "oslo_db.sqlalchemy.enginefacade",
    "oslo_messaging",
    "oslo_policy.policy",
    "oslo_middleware",
    "oslo_cache",
    "keystonemiddleware.auth_token",
    "paste.deploy",
    "waitress",
    "alembic",
    "openstack",
    "webob.dec",
)


def main(plan_path: str) -> None:
    """Start every service of the plan and wait; ends only by a signal or with a service (exit 1)."""
    os.umask(0o077)
    plan = read_plan(plan_path)
    listeners = {service.name: _listen(service) for service in plan.services.values()}
    gc.disable()
    _import_shared_modules()
    gc.freeze()
    children = {_fork(plan, service, listeners): service for service in plan.services.values()}
    for listener in listeners.values():
        listener.close()
    signal.signal(signal.SIGTERM, lambda number, frame: _end(children))
    ended, status = os.wait()
    _report_end(children.pop(ended), os.waitstatus_to_exitcode(status))
    _end(children)


def _end(children: dict[int, Service]) -> None:
    """End after the children, so that whoever waits for this process knows that the ports are free."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for child in children:
        os.kill(child, signal.SIGTERM)
    for child in children:
        os.waitpid(child, 0)
    os._exit(1)


def _listen(service: Service) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", service.port))
        listener.listen(128)
    except OSError as error:
        sys.exit(f"{service.name}: port {service.port}: {error.strerror}")
    return listener


def _import_shared_modules() -> None:
    from oslo_service import backend

    backend.init_backend(backend.BackendType.THREADING)
    for name in _SHARED_MODULES:
        importlib.import_module(name)


def _fork(plan: Plan, service: Service, listeners: dict[str, socket.socket]) -> int:
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    log = os.open(service.log_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    for name, listener in listeners.items():
        if name != service.name:
            listener.close()
    try:
        _serve(plan, service, listeners[service.name])
    except BaseException:
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)


def _serve(plan: Plan, service: Service, listener: socket.socket) -> None:
    module = importlib.import_module(f"sandbox_services.{service.name}_service")
    application = module.create_application(plan, service)
    gc.collect()
    gc.freeze()
    gc.enable()

    import waitress

    # One thread: with more of them, writers on sqlite wait for one another until requests fail.
    waitress.serve(application, sockets=[listener], threads=1, _quiet=True, clear_untrusted_proxy_headers=True)


def _report_end(service: Service, exit_code: int) -> None:
    sys.stderr.write(f"{service.name} ended with {exit_code}; the end of {service.log_path}:\n")
    lines = Path(service.log_path).read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()
