"""A file that is here in part, and what it is a part of."""

import dataclasses
import json
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Origin:
    """The file that a part is a part of; kept as JSON beside the part.

    Attributes:
        url: where it is.
        validator: its strong ETag or its Last-Modified date, which tell its versions
            apart.
        size: bytes of the whole.
    """

    url: str
    validator: str
    size: int


def origin_of(part: Path, url: str) -> Origin | None:
    """What `part` is a part of, None where it cannot be gone on with from `url`."""
    try:
        origin = Origin(**json.loads(_beside(part).read_text()))
        held = part.stat().st_size
    except (OSError, ValueError, TypeError):  # missing, or itself written in part
        return None
    return origin if origin.url == url and held <= origin.size else None


def held_bytes(part: Path, url: str) -> int:
    """How many bytes of the file at `url` need not be fetched again."""
    return part.stat().st_size if origin_of(part, url) else 0


def note_origin(part: Path, origin: Origin) -> None:
    """Says what `part`, which is about to be written, is a part of."""
    _beside(part).write_text(json.dumps(dataclasses.asdict(origin)))


def discard(part: Path) -> None:
    """Removes `part` and what is known of it."""
    part.unlink(missing_ok=True)
    _beside(part).unlink(missing_ok=True)


def _beside(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")
