"""A progress bar on standard error, so that standard output stays the result."""

import sys
from types import TracebackType

BAR_WIDTH = 30


class ProgressBar:
    """Draws one line that is rewritten; silent when standard error is not a terminal.

    >>> with ProgressBar() as bar:
    ...     bar("read", 0.2)
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._shown = sys.stderr.isatty() and not quiet
        self._offset = 0.0
        self._scale = 1.0

    def part(self, start: float, stop: float) -> "ProgressBar":
        """Let what follows fill only a part of the bar."""
        self._offset, self._scale = start, stop - start
        return self

    def __call__(self, stage: str, fraction: float) -> None:
        """Redraw the bar with a stage's name and the fraction of this part that is done."""
        if not self._shown:
            return
        whole = self._offset + self._scale * min(max(fraction, 0.0), 1.0)
        filled = round(BAR_WIDTH * whole)
        bar = "━" * filled + "╌" * (BAR_WIDTH - filled)
        sys.stderr.write(f"\r\x1b[K{bar} {whole:4.0%}  {stage}")
        sys.stderr.flush()

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
