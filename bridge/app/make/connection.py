"""The ComfyUI that `pixart make` draws with, and another where that one has gone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from bridge.app.make.drawing import Draughtsman, Drawing
from bridge.app.make.request import Wish
from bridge.comfy.blocking import connected
from bridge.core.errors import Unavailable
from bridge.core.job import JobSpec
from bridge.core.settings import Settings
from bridge.workflow.plan import Plan


class Connection:
    """A context in which jobs are drawn with a ComfyUI that runs here, or with one started for the context.

    A ComfyUI that another command or a bridge has started ends with its owner, whatever others still draw with it.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings, self._say = settings, say
        self._stack = ExitStack()

    def __enter__(self) -> Connection:
        self._connect()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def renewable(self) -> bool:
        """Whether another ComfyUI may be there, or be started: an address in the settings stands for itself."""
        return not self._settings.comfyui_url

    def renew(self) -> None:
        """Connect to another ComfyUI. Raises Unavailable where none can be started."""
        self._stack.close()
        self._connect()

    def at_work(self) -> AbstractContextManager[None]:
        """A context in which all threads draw side by side, by the present ComfyUI."""
        return self._draughtsman.at_work()

    def plan(self, spec: JobSpec, wish: Wish) -> Plan:
        """The plan of a job. Raises BadRequest in the caller's words."""
        return self._draughtsman.plan(spec, wish)

    def draw(self, spec: JobSpec, wish: Wish, progress: Callable[[float], None]) -> Drawing:
        """Run a job to its end. Raises JobFailed, MissingParts, Unavailable where ComfyUI has gone ..."""
        return self._draughtsman.draw(spec, wish, progress)

    def _connect(self) -> None:
        for is_last in (not self.renewable, True):
            comfy = self._stack.enter_context(connected(self._settings, self._say))
            try:
                self._draughtsman = Draughtsman(self._settings, comfy)
                return
            except Unavailable:  # it has ended since it answered, as one does whose owner is ready
                if is_last:
                    raise
                self._stack.close()
