"""The one place that knows about terminals: results to stdout, everything else to stderr.

On a terminal the running steps are one live line with a spinner and the time they have taken; elsewhere each start
and end is a plain line, so that a log reads in order. Colour never carries meaning alone; `NO_COLOR`, `FORCE_COLOR`
and `TERM=dumb` are honoured by Rich.
"""

from __future__ import annotations

import sys
import threading
from time import monotonic
from typing import TYPE_CHECKING

from hubwright.core.errors import HubwrightError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live
    from rich.spinner import Spinner

_PLAIN_UPDATE_INTERVAL_S = 10.0
_MAX_LIVE_LINES = 6


class Terminal:
    """Prints for one command; `quiet` leaves only results and errors."""

    def __init__(self, *, quiet: bool = False, live: bool = True) -> None:
        from rich.console import Console

        self.out: Console = Console(highlight=False, soft_wrap=True, emoji=False)
        self.err: Console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
        self.quiet = quiet
        self.live = live and self.err.is_terminal and not self.err.is_dumb_terminal

    def data_line(self, text: str) -> None:
        """Print a line for programs to read on stdout, at once and as it is."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def note(self, message: str) -> None:
        """Print a line of news to stderr."""
        if not self.quiet:
            self.err.print(message, markup=False)

    def warn(self, message: str) -> None:
        """Print a warning, for something that the reader can act on."""
        self.err.print(f"[yellow]warning[/]: {_escaped(message)}")

    def error(self, error: HubwrightError) -> None:
        """Print an error and, after a blank line, its hint."""
        self.err.print(f"[red]error[/]: {_escaped(error.message)}")
        if error.hint:
            self.err.print(f"\n[cyan]hint[/]: {_escaped(error.hint)}")

    def progress(self) -> TerminalProgress:
        """Return the display of steps that fits this terminal."""
        return TerminalProgress(self)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


class TerminalProgress:
    """Shows steps: a spinner for what runs, a line with its duration for what has ended."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._lock = threading.RLock()
        self._started: dict[str, float] = {}
        self._titles: dict[str, str] = {}
        self._news: dict[str, str] = {}
        self._printed_at: dict[str, float] = {}
        self._live: Live | None = None
        self._spinner: Spinner | None = None

    def start(self, step: str) -> None:
        """A step begins."""
        with self._lock:
            self._started[step] = self._printed_at[step] = monotonic()
            if not self._terminal.live:
                self._terminal.note(step)
            self._redraw()

    def update(self, step: str, message: str) -> None:
        """News of a running step: shown live, or as a line now and then where there is no terminal."""
        with self._lock:
            self._news[step] = message
            now = monotonic()
            if not self._terminal.live and now - self._printed_at.get(step, 0.0) >= _PLAIN_UPDATE_INTERVAL_S:
                self._printed_at[step] = now
                self._terminal.note(f"{step}: {message} ({now - self._started.get(step, now):.0f} s)")
            self._redraw()

    def done(self, step: str, message: str = "") -> None:
        """A step ended well."""
        self._end(step, "[green]ok[/]", message)

    def fail(self, step: str, message: str = "") -> None:
        """A step ended badly."""
        self._end(step, "[red]failed[/]", message)

    def begin(self, key: str, title: str) -> None:
        """Show `title` as running, on the live line only."""
        with self._lock:
            self._started[key] = monotonic()
            self._titles[key] = title
            self._redraw()

    def news(self, key: str, message: str) -> None:
        """Show news of something that `begin` has announced, on the live line only."""
        with self._lock:
            if key in self._started:
                self._news[key] = message
                self._redraw()

    def end(self, key: str) -> None:
        """Take what `begin` has announced off the live line."""
        with self._lock:
            for table in (self._started, self._titles, self._news):
                table.pop(key, None)
            self._redraw()

    def line(self, text: str) -> None:
        """Print a line above the live one."""
        with self._lock:
            self._terminal.note(text)

    def result_line(self, text: str) -> None:
        """Print a line of the result on stdout; a live line on the same terminal is taken away first."""
        self.close_live()
        self._terminal.out.print(text, markup=False)

    def close(self) -> None:
        """End the live line."""
        self.close_live()

    def close_live(self) -> None:
        """Take the live line away; it comes back with the next news."""
        with self._lock:
            live, self._live = self._live, None
        if live:
            live.stop()

    def _end(self, step: str, word: str, message: str) -> None:
        with self._lock:
            duration_s = monotonic() - self._started.pop(step, monotonic())
            self._news.pop(step, None)
            if not self._terminal.quiet:
                tail = f": {_escaped(message)}" if message else ""
                self._terminal.err.print(f"{_escaped(step)} {word} ({duration_s:.1f} s){tail}")
            self._redraw()

    def _redraw(self) -> None:
        """Open the live line when something runs, close it when nothing does; it refreshes itself in between."""
        if not self._terminal.live or self._terminal.quiet:
            return
        if not self._started:
            self.close_live()
        elif self._live is None:
            from rich.live import Live

            self._live = Live(
                get_renderable=self._running, console=self._terminal.err, transient=True, refresh_per_second=8
            )
            self._live.start()

    def _running(self) -> RenderableType:
        from rich.spinner import Spinner
        from rich.text import Text

        # Called by the refreshing thread, which must not wait for our lock: its holder may be waiting for that thread.
        running = list(self._started.items())
        text = "\n".join(self._describe(key, since) for key, since in running[-_MAX_LIVE_LINES:])
        more = len(running) - _MAX_LIVE_LINES
        if not self._spinner:
            self._spinner = Spinner("dots")
        self._spinner.update(text=Text(f"{text}\nand {more} more" if more > 0 else text))
        return self._spinner

    def _describe(self, key: str, since: float) -> str:
        title = self._titles.get(key, key)
        news = self._news.get(key)
        running_s = monotonic() - since
        return f"{title}: {news} ({running_s:.0f} s)" if news else f"{title} ({running_s:.0f} s)"
