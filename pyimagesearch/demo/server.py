"""Serve the page: on which port, to whom, and with nothing from outside."""

import argparse
import contextlib
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from pyimagesearch.cli import info, warning
from pyimagesearch.errors import UserError

PORTS = 100  # that are tried, from --port on
OFFLINE = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}
INSTALL = "pip install -r requirements-demo.txt"
# Fonts of the system, as Gradio's default theme loads its own from a server of Google.
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
MONO_FONTS = ["ui-monospace", "Consolas", "monospace"]
LOCAL_NAMES = "127.0.0.1,localhost,::1"


def serve_demo(settings: argparse.Namespace) -> None:
    """Load a generator, and serve its page until the process is interrupted.

    Args:
        settings: argparse.Namespace, as returned by `parse_demo_settings`.

    Raises:
        UserError: if gradio is not installed, the generator cannot be loaded, or the
            address cannot be listened on.
    """
    with open_demo(settings) as url:
        info(f"the page is at {url}; Ctrl-C ends it")
        threading.Event().wait()


@contextlib.contextmanager
def open_demo(settings: argparse.Namespace) -> Iterator[str]:
    """Serve the page inside a `with` statement.

    Yields:
        str, the address of the page.
    """
    with tempfile.TemporaryDirectory(prefix="pix2pix-") as folder:
        gradio = _import_gradio(Path(folder, "gradio"))
        from pyimagesearch.demo.demo_page import build_page  # TensorFlow takes seconds

        port = find_port(settings.host, settings.port)
        if port != settings.port:
            info(f"port {settings.port} is in use: taking {port}")
        if not _is_local(settings.host):
            warning(
                f"--host {settings.host}: everybody who reaches this machine can use "
                f"the page"
            )
        results = Path(folder, "results")
        results.mkdir()
        blocks = build_page(settings, results)
        try:
            _, url, _ = blocks.launch(
                server_name=settings.host,
                server_port=port,
                share=settings.share,
                inbrowser=not settings.no_browser,
                max_file_size=settings.upload_megabytes << 20,
                css_paths=Path(__file__).with_name("demo_page.css"),
                theme=_create_theme(gradio),
                prevent_thread_lock=True,
                quiet=True,
                inline=False,
                footer_links=[],
                ssr_mode=False,
                pwa=False,
                mcp_server=False,
                enable_monitoring=False,
            )
            yield url
        finally:
            blocks.close(verbose=False)


def _import_gradio(folder: Path):
    """Import gradio, with everything off that connects to other machines."""
    os.environ.update(OFFLINE)
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    for name in ("no_proxy", "NO_PROXY"):  # a proxy cannot reach this machine's page
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), LOCAL_NAMES)))
    try:
        import gradio
    except ImportError as error:
        raise UserError(f"the demo requires gradio: {INSTALL}") from error
    return gradio


def find_port(host: str, first: int) -> int:
    """Find a free port.

    Args:
        host: str, the address to listen on.
        first: int, the port to try first.

    Returns:
        int, `first` or the next one that is free.

    Raises:
        UserError: if the address is not one of this machine, or no port is free.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise UserError(f"--host {host} is not an address: {error.strerror}") from error
    for port in range(first, min(first + PORTS, 65536)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name == "posix":  # a port that was closed just now is free
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address[0], port))
                return port
            except OSError as error:
                failure = error
    raise UserError(
        f"cannot listen on any port from {first} to {port} of --host {host} "
        f"({failure.strerror}): choose others with --port and --host"
    )


def _is_local(host: str) -> bool:
    return host in LOCAL_NAMES.split(",") or host.startswith("127.")


def _create_theme(gradio):
    return gradio.themes.Default(font=FONTS, font_mono=MONO_FONTS)
