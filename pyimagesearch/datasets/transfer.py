"""Download a file over HTTP, and resume an interrupted download."""

import dataclasses
import json
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import requests
import urllib3

from pyimagesearch.cli import info, progbar_verbose
from pyimagesearch.datasets.archives import check_free_space
from pyimagesearch.errors import UserError
from pyimagesearch.schemas import (
    Integer,
    Record,
    SchemaError,
    Text,
    read_json,
)

CONNECT_SECONDS = 10
READ_SECONDS = 30  # without a byte
PAUSES = (1, 3, 9)  # seconds between attempts
SLOW_SECONDS = 60  # in which at least SLOW_BYTES must arrive
SLOW_BYTES = 60_000
CHUNK_BYTES = 1 << 16
CHECKED_BYTES = 1 << 24  # between two looks at the free space
MEGABYTE = 1_000_000
TEMPORARY_STATUSES = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


@dataclasses.dataclass(frozen=True)
class Origin:
    """The file that a partial download belongs to; kept as JSON beside it."""

    url: str
    validator: str  # strong ETag or Last-Modified date (RFC 9110, section 8.8)
    size: int  # bytes of the complete file


MAX_ORIGIN = 100_000  # bytes; the file has some hundreds, and at most a long URL
ORIGIN = Record(
    {
        "url": Text(),
        # Sent back to the server: what is no header would end in an error.
        "validator": Text("[!-~\x80-\xff][ -~\x80-\xff]*", "an ETag or a date"),
        "size": Integer(1),
    }
)


class _AttemptError(Exception):
    """A failed attempt; another one may succeed."""


_TRANSIENT = (
    _AttemptError,
    requests.ConnectionError,
    requests.Timeout,
    urllib3.exceptions.HTTPError,  # from the raw body, which requests does not wrap
)


def _read_origin(part: Path, url: str) -> Origin | None:
    """Read the origin of a download, or return None if `url` cannot resume it."""
    try:
        record = read_json(_get_origin_path(part), MAX_ORIGIN)
        ORIGIN.check(record)
        held = part.stat().st_size
    except (OSError, SchemaError):  # missing, or written only in part
        return None
    origin = Origin(*map(record.get, ORIGIN.required))
    return origin if origin.url == url and held <= origin.size else None


def count_held_bytes(part: Path, url: str) -> int:
    """Return how many bytes of the file at `url` are already downloaded."""
    return part.stat().st_size if _read_origin(part, url) else 0


def write_origin(part: Path, origin: Origin) -> None:
    """Write the origin of a partial download, before the download itself."""
    _get_origin_path(part).write_text(json.dumps(dataclasses.asdict(origin)))


def discard_part(part: Path) -> None:
    """Remove a partial download and its origin."""
    part.unlink(missing_ok=True)
    _get_origin_path(part).unlink(missing_ok=True)


def _get_origin_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def fetch_file(url: str, part: Path, expected_bytes: int | None = None) -> None:
    """Download a file, and resume what an earlier call left in `part`.

    The caller makes sure that no other process writes to `part`.

    Args:
        url: str, an http:// or https:// address.
        part: Path, the file to write. If this function fails or is killed, the file
            stays if the server identifies versions, so that a later call can resume.
        expected_bytes: int, the size of the file; None if it is not known.

    Raises:
        UserError: if the file cannot be fetched or does not have the expected size.
        OSError: if `part` cannot be written or the disk has too little space.
    """
    try:
        _receive_with_retries(url, part, expected_bytes)
    except BaseException:
        if not count_held_bytes(part, url):
            discard_part(part)
        raise


def _receive_with_retries(url: str, part: Path, expected_bytes: int | None) -> None:
    for pause in (*PAUSES, None):
        try:
            return _receive(url, part, expected_bytes)
        except _TRANSIENT as error:
            reason = _describe_error(error)
        except requests.RequestException as error:  # invalid URL, endless redirects
            raise UserError(f"{url} cannot be fetched: {error}") from None
        if pause is not None:
            info(f"{url}: {reason}; next attempt in {pause} s")
            time.sleep(pause)
    raise UserError(f"{url} cannot be fetched: {reason} ({len(PAUSES) + 1} attempts)")


def _receive(url: str, part: Path, expected_bytes: int | None) -> None:
    origin, held = _read_origin(part, url), count_held_bytes(part, url)
    if origin and held == origin.size:
        return
    headers = {"Accept-Encoding": "identity"}  # so that sizes are those of the file
    if origin:
        headers |= {"Range": f"bytes={held}-", "If-Range": origin.validator}
    timeout = (CONNECT_SECONDS, READ_SECONDS)
    with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
        _check_status(response, url)
        if origin and _is_continuation(response, origin, held):
            size = origin.size
        else:
            discard_part(part)
            if response.status_code != HTTPStatus.OK:
                raise _AttemptError("the server sent another part than requested")
            held, size = 0, response.raw.length_remaining or expected_bytes
            _check_size(url, size, expected_bytes)
            if size and (validator := _get_validator(response)):
                write_origin(part, Origin(url, validator, size))
        # Images hardly compress: unpacked, they take the same space again.
        check_free_space(part.parent, 2 * (size or 0) - held, f"downloading {url}")
        chunks = _check_space(_receive_chunks(response), part, url, held, size)
        with part.open("ab") as file:
            for chunk in _show_progress(chunks, url, held, size):
                file.write(chunk)
    received = part.stat().st_size
    if size and received < size:
        raise _AttemptError("the connection was interrupted")
    _check_size(url, received, expected_bytes)


def _receive_chunks(response: requests.Response) -> Iterator[bytes]:
    """Yield what arrives, as soon as it arrives, until it becomes too slow."""
    began, received = time.monotonic(), 0
    # Unlike stream(), read1() does not wait for the whole chunk.
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        yield chunk
        received += len(chunk)
        if time.monotonic() - began < SLOW_SECONDS:
            continue
        if received < SLOW_BYTES:
            raise _AttemptError(
                f"only {received:,} bytes arrived in {SLOW_SECONDS} s, and at least "
                f"{SLOW_BYTES:,} are expected"
            )
        began, received = time.monotonic(), 0


def _check_space(
    chunks: Iterator[bytes], part: Path, url: str, held: int, size: int | None
) -> Iterator[bytes]:
    """Yield the chunks while the disk has space for them and for the unpacked file.

    Other programs write to it, too; and a server may not say how much it sends.
    """
    unchecked = 0
    for chunk in chunks:
        yield chunk
        held += len(chunk)
        unchecked += len(chunk)
        if size and held > size:
            raise UserError(f"{url} has more than the expected {size:,} bytes")
        if unchecked >= CHECKED_BYTES:
            needed = max(2 * (size or 0) - held, held)
            check_free_space(part.parent, needed, f"downloading {url}")
            unchecked = 0


def _check_status(response: requests.Response, url: str) -> None:
    status = response.status_code
    answer = f"the server answered {status} {response.reason}"
    if status >= 500 or status in TEMPORARY_STATUSES:
        raise _AttemptError(answer)
    if status >= 400 and status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise UserError(f"{url} cannot be fetched: {answer}")


def _check_size(url: str, size: int | None, expected_bytes: int | None) -> None:
    if size and expected_bytes and size != expected_bytes:
        raise UserError(
            f"{url} has {size:,} bytes instead of the expected {expected_bytes:,}"
        )


def _is_continuation(response: requests.Response, origin: Origin, held: int) -> bool:
    """Return whether the body is the rest of `origin` after its first `held` bytes."""
    content_range = response.headers.get("Content-Range", "")
    return (
        response.status_code == HTTPStatus.PARTIAL_CONTENT
        and content_range.startswith(f"bytes {held}-")
        and content_range.endswith(f"/{origin.size}")
        and _get_validator(response) in (None, origin.validator)
    )


def _get_validator(response: requests.Response) -> str | None:
    etag = response.headers.get("ETag")
    if etag and not etag.startswith("W/"):  # If-Range requires a strong one
        return etag
    return response.headers.get("Last-Modified")


def _show_progress(
    chunks: Iterator[bytes], url: str, held: int, size: int | None
) -> Iterator[bytes]:
    """Yield the chunks, and show a progress bar on a terminal."""
    amount = f", {size - held:,} bytes" if size else ""
    resumed = f" ({held:,} bytes are already here)" if held else ""
    info(f"downloading {url}{amount}{resumed}")
    if not size or progbar_verbose() != 1:
        yield from chunks
        return
    import keras  # takes seconds, and only the progress bar needs it

    bar = keras.utils.Progbar(size / MEGABYTE, unit_name="MB")
    try:
        for chunk in chunks:
            held += len(chunk)
            bar.update(held / MEGABYTE)
            yield chunk
    finally:
        if held < size:
            print()  # end the line of the unfinished bar


def _describe_error(error: Exception) -> str:
    if isinstance(error, _AttemptError):
        return str(error)
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return f"no data arrived for {READ_SECONDS} s"
    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate of the server is not trusted"
    if isinstance(error, requests.ConnectionError):
        return "the host is unknown or does not answer: check the network"
    return "the connection was interrupted"
