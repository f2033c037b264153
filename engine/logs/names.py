"""Who and what the error lines of a service name: loggers, cameras, hosts, and requests; bounded."""

from typing import Any, Self

from innkeeper.schemas.logs import LogLine

MAX_COMPONENTS = 64
MAX_TRACES = 20
MAX_CHARS = 80
_ALL_READ = 128  # error lines of a service in one bucket whose names are all read; above, every sixteenth
# Fields that name a thing. What names a person is never kept.
_FIELDS = frozenset(
    {
        "camera", "camera_id", "device", "device_id", "lock_id", "terminal_id",
        "gateway", "gateway_id", "access_point", "ap_id", "controller", "host",
        "hostname", "node", "instance", "pod", "container", "unit",
        "printer_id", "sensor_id", "zone", "area", "queue", "topic",
        "model", "endpoint",
    }
)  # fmt: skip


class Names:
    """Components by how many error lines name them, and trace ids in order of appearance."""

    __slots__ = ("components", "lines", "traces")

    def __init__(self) -> None:
        self.lines = 0
        self.components: dict[str, int] = {}
        self.traces: dict[str, None] = {}

    def add(self, line: LogLine) -> None:
        """Note the names of an error line."""
        self.lines += 1
        if self.lines > _ALL_READ and self.lines % 16:
            return
        if line.component:
            self._count(line.component)
        for name, value in (line.fields or {}).items():
            if name in _FIELDS and value:
                self._count(str(value))
        if line.trace_id and len(self.traces) < MAX_TRACES:
            self.traces[line.trace_id[:MAX_CHARS]] = None

    def merge(self, other: "Names") -> None:
        """Add what `other` holds."""
        self.lines += other.lines
        for name, count in other.components.items():
            self._count(name, count)
        for trace in other.traces:
            if len(self.traces) < MAX_TRACES:
                self.traces[trace] = None

    def most_frequent(self, limit: int = 10) -> tuple[str, ...]:
        """Components, most frequent first, then by name."""
        return tuple(sorted(self.components, key=lambda name: (-self.components[name], name))[:limit])

    def _count(self, name: str, lines: int = 1) -> None:
        short = name[:MAX_CHARS]
        if short in self.components or len(self.components) < MAX_COMPONENTS:
            self.components[short] = self.components.get(short, 0) + lines

    def state(self) -> dict[str, Any]:
        """As JSON values."""
        return {"lines": self.lines, "components": self.components, "traces": list(self.traces)}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The names whose `state` this is."""
        names = cls()
        names.lines = int(state["lines"])
        names.components = {str(name): int(count) for name, count in state["components"].items()}
        names.traces = dict.fromkeys(state["traces"])
        return names
