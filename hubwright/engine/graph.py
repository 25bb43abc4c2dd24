"""Runs work over a graph: each node as soon as those before it are done, many at once, failures fenced in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Node = TypeVar("Node")


def run_in_order(
    nodes: Sequence[Node],
    requirements: Mapping[Node, set[Node]],
    work: Callable[[Node], bool],
    *,
    parallel: int,
) -> list[Node]:
    """Call `work` for every node after all its requirements; return the nodes that were never reached.

    `work` returns whether what waits for the node may go on, and raises only on a fault of its own. `requirements`
    must be free of cycles.
    """
    waiting = {node: set(requirements.get(node, ())) for node in nodes}
    running: dict[Future[bool], Node] = {}
    with ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="delete") as threads:
        while True:
            ready = [node for node, before in waiting.items() if not before]
            for node in ready:
                del waiting[node]
                running[threads.submit(work, node)] = node
            if not running:
                return list(waiting)
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                _release(waiting, running.pop(future), may_go_on=future.result())


def _release(waiting: Mapping[Node, set[Node]], node: Node, *, may_go_on: bool) -> None:
    if may_go_on:
        for before in waiting.values():
            before.discard(node)
