"""Download a file over HTTP, resuming an interrupted transfer."""

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


def read_origin(part: Path, url: str) -> Origin | None:
    """What `part` is a part of, None where it cannot be gone on with from `url`."""
    try:
        origin = Origin(**json.loads(_get_origin_path(part).read_text()))
        held = part.stat().st_size
    except (OSError, ValueError, TypeError):  # missing, or itself written in part
        return None
    return origin if origin.url == url and held <= origin.size else None


def count_held_bytes(part: Path, url: str) -> int:
    """How many bytes of the file at `url` need not be fetched again."""
    return part.stat().st_size if read_origin(part, url) else 0


def write_origin(part: Path, origin: Origin) -> None:
    """Says what `part`, which is about to be written, is a part of."""
    _get_origin_path(part).write_text(json.dumps(dataclasses.asdict(origin)))


def discard_part(part: Path) -> None:
    """Removes `part` and what is known of it."""
    part.unlink(missing_ok=True)
    _get_origin_path(part).unlink(missing_ok=True)


def _get_origin_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


CONNECT_SECONDS = 10
READ_SECONDS = 30  # without a byte
PAUSES = (1, 3, 9)  # seconds between one attempt and the next
CHUNK_BYTES = 1 << 16
MEGABYTE = 1_000_000


class _AttemptError(Exception):
    """It came to nothing, and another may do better."""


_TRANSIENT = (
    _AttemptError,
    requests.ConnectionError,
    requests.Timeout,
    urllib3.exceptions.HTTPError,  # from the raw body, which requests does not wrap
)


def fetch_file(url: str, part: Path, expected_bytes: int | None = None) -> None:
    """Brings an archive into `part`, going on from what an earlier call left there.

    The caller sees to it that no other process does the same.

    Args:
        url: http:// or https://.
        part: the file to write. What came of it stays when this call fails or is
            killed, where the server tells the versions of its file apart.
        expected_bytes: the archive's size, None where it is not known.

    Raises:
        UserError: where the archive is not to be had, or is not of the expected size.
        OSError: where `part` cannot be written, or there is too little room.
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
        except requests.RequestException as error:  # no address, endless redirects
            raise UserError(f"{url} cannot be fetched: {error}") from None
        if pause is not None:
            info(f"{url}: {reason}; trying again in {pause} s")
            time.sleep(pause)
    raise UserError(f"{url} cannot be fetched: in {len(PAUSES) + 1} attempts, {reason}")


def _receive(url: str, part: Path, expected_bytes: int | None) -> None:
    origin, held = read_origin(part, url), count_held_bytes(part, url)
    if origin and held == origin.size:
        return
    headers = {"Accept-Encoding": "identity"}  # bytes that can be counted
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
                raise _AttemptError("it did not send what was asked for")
            held, size = 0, response.raw.length_remaining or expected_bytes
            _check_size(url, size, expected_bytes)
            if size and (validator := _get_validator(response)):
                write_origin(part, Origin(url, validator, size))
        # Images hardly compress: unpacked, they take as much again.
        check_free_space(part.parent, 2 * (size or 0) - held, f"downloading {url}")
        chunks = response.raw.stream(CHUNK_BYTES, decode_content=False)
        with part.open("ab") as file:
            for chunk in _show_progress(chunks, url, held, size):
                file.write(chunk)
    received = part.stat().st_size
    if size and received < size:
        raise _AttemptError("the connection broke off")
    _check_size(url, received, expected_bytes)


def _check_status(response: requests.Response, url: str) -> None:
    status = response.status_code
    answer = f"it answered {status} {response.reason}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
    ):
        raise _AttemptError(answer)
    if (
        status >= HTTPStatus.BAD_REQUEST
        and status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    ):
        raise UserError(f"{url} cannot be fetched: {answer}")


def _check_size(url: str, size: int | None, expected_bytes: int | None) -> None:
    if size and expected_bytes and size != expected_bytes:
        raise UserError(
            f"{url} has {size:,} bytes where {expected_bytes:,} were expected"
        )


def _is_continuation(response: requests.Response, origin: Origin, held: int) -> bool:
    """Whether the body is the rest of `origin`, from its byte `held` on."""
    content_range = response.headers.get("Content-Range", "")
    return (
        response.status_code == HTTPStatus.PARTIAL_CONTENT
        and content_range.startswith(f"bytes {held}-")
        and content_range.endswith(f"/{origin.size}")
        and _get_validator(response) in (None, origin.validator)
    )


def _get_validator(response: requests.Response) -> str | None:
    etag = response.headers.get("ETag")
    if etag and not etag.startswith("W/"):  # If-Range takes a strong one only
        return etag
    return response.headers.get("Last-Modified")


def _show_progress(
    chunks: Iterator[bytes], url: str, held: int, size: int | None
) -> Iterator[bytes]:
    """Passes the chunks on under a progress bar, if there is a screen to draw it on."""
    amount = f", {size - held:,} bytes" if size else ""
    after = f" after the {held:,} that are here" if held else ""
    info(f"downloading {url}{amount}{after}")
    if not size or progbar_verbose() != 1:
        yield from chunks
        return
    import keras  # takes seconds, and only the bar needs it

    bar = keras.utils.Progbar(size / MEGABYTE, unit_name="MB")
    try:
        for chunk in chunks:
            held += len(chunk)
            bar.update(held / MEGABYTE)
            yield chunk
    finally:
        if held < size:
            print()  # the unfinished bar's line ends here


def _describe_error(error: Exception) -> str:
    if isinstance(error, _AttemptError):
        return str(error)
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "nothing came for a while"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.ConnectionError):
        return "its host is unknown or does not answer (is there a network?)"
    return "the connection broke off"
