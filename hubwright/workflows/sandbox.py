"""The verbs of the sandbox: up, down, status, logs."""

from __future__ import annotations

from dataclasses import dataclass

from hubwright.core.binaries import Binaries
from hubwright.core.errors import UsageError
from hubwright.sandbox.sandbox import Sandbox, SandboxEndpoints, parse_speed
from hubwright.toolchain import ensure_toolchain
from hubwright.workflows.display import Display
from hubwright.workflows.project import LOCAL_STACK, Project
from hubwright.workflows.steps import Step, run_steps

_SECRET_VARIABLES = ("SECRET", "PASSWORD", "CONSUMER_KEY")


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    """The processes of the sandbox: name, pid, whether it runs, and its log file."""

    processes: list[dict[str, object]]

    @property
    def is_healthy(self) -> bool:
        """Tell whether there is a sandbox and every process of it runs."""
        return bool(self.processes) and all(process["running"] for process in self.processes)

    def rows(self) -> dict[str, str]:
        """Return one line a process for a table."""
        return {
            str(process["name"]): f"{'running' if process['running'] else 'stopped'}, pid {process['pid']}"
            for process in self.processes
        }


def start_sandbox(project: Project, speed: str | None, display: Display) -> dict[str, str]:
    """Start the sandbox and return its endpoints as environment variables, those with credentials masked."""
    endpoints: list[SandboxEndpoints] = []

    def start() -> None:
        endpoints.append(resume_sandbox(project, ensure_toolchain(display), speed, display))

    run_steps([Step("sandbox", start)], display)
    return {name: _masked(name, value) for name, value in endpoints[0].environment().items()}


def resume_sandbox(project: Project, binaries: Binaries, speed: str | None, display: Display) -> SandboxEndpoints:
    """Start what is missing of the sandbox, at the speed of what runs of it already."""
    sandbox = Sandbox(project.sandbox_folder)
    running = sandbox.running_speed()
    wanted = parse_speed(speed) if speed is not None else running or 0.0
    if running is not None and wanted != running:
        display.warn(
            f"the sandbox runs at speed {running:g}; --speed {speed} takes effect after `hubwright sandbox down`"
        )
        wanted = running
    return sandbox.up(binaries, speed=wanted, progress=display)


def stop_sandbox(project: Project, *, delete: bool) -> str:
    """Stop the sandbox and say what was stopped; with `delete` its data and the state of `local` go too."""
    stopped = Sandbox(project.sandbox_folder).down(delete=delete)
    if delete:
        _forget_local_state(project)
    count = len(stopped)
    what = f"stopped {count} process{'' if count == 1 else 'es'}" if count else "nothing was running"
    return f"{what}; its data is deleted" if delete else what


def read_status(project: Project) -> SandboxStatus:
    """Return what runs of the sandbox."""
    return SandboxStatus(
        [
            {"name": record.name, "pid": record.pid, "running": alive, "log": record.log_path}
            for record, alive in Sandbox(project.sandbox_folder).status()
        ]
    )


def read_log(project: Project, process: str | None, *, lines: int) -> str:
    """Return the end of a process's log, or the list of logs. Raises UsageError when there is no such process."""
    paths = Sandbox(project.sandbox_folder).log_paths()
    if process is None:
        return "\n".join(f"{name}  {path}" for name, path in paths.items())
    if process not in paths:
        raise UsageError(f"no sandbox process {process}", hint=f"there are: {', '.join(paths) or 'none'}")
    content = paths[process].read_text(errors="replace").splitlines() if paths[process].exists() else []
    return "\n".join(content[-lines:])


def _masked(name: str, value: str) -> str:
    return "[secret]" if any(word in name for word in _SECRET_VARIABLES) else value


def _forget_local_state(project: Project) -> None:
    """Remove the state of the stack whose cloud is gone; the backend's own backups stay."""
    state = project.local_folder / "state" / ".pulumi" / "stacks" / project.name
    for suffix in (".json", ".json.bak"):
        (state / f"{LOCAL_STACK}{suffix}").unlink(missing_ok=True)
    (project.local_folder / kubeconfig_name(LOCAL_STACK)).unlink(missing_ok=True)


def kubeconfig_name(stack: str) -> str:
    """Return the file name of a stack's kubeconfig in the project's local folder."""
    return f"kubeconfig-{stack}"
