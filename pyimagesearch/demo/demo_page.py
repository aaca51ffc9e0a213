"""The page: painting, photos and examples, as a Gradio app."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
import numpy as np

from pyimagesearch.cli import OUT_OF_MEMORY, info
from pyimagesearch.datasets.image_decoding import StoredImage
from pyimagesearch.datasets.image_files import EXTENSIONS
from pyimagesearch.datasets.pairs import resize_image
from pyimagesearch.datasets.side_formats import RGB, SideFormat
from pyimagesearch.demo import fragments
from pyimagesearch.demo.examples import (
    Example,
    find_input_kind,
    open_validation,
    read_examples,
)
from pyimagesearch.demo.live_generator import (
    LiveGenerator,
    Translation,
    load_live_generator,
)
from pyimagesearch.demo.painting import Canvas, explain_no_painting
from pyimagesearch.demo.uploads import Downloads, Upload
from pyimagesearch.devices import configure_devices
from pyimagesearch.errors import UserError

HERE = Path(__file__).parent
PAINT, PHOTO = "paint", "photo"  # ids of the tabs
OWN_SIZE = "as it is, like inference.py"
QUEUED = 32  # requests that wait; more are refused
SWEEP, EXPIRY = 600, 3600  # seconds: how often old files are deleted, and how old
# One image at a time, and no part of a public interface for programs.
EVENT = {
    "concurrency_limit": 1,
    "concurrency_id": "generator",
    "api_visibility": "private",
}
CHOOSE_EXAMPLE = """
element.addEventListener("click", event => {
  const button = event.target.closest("button");
  if (!button) return;
  const buttons = [...element.querySelectorAll("button")];
  trigger("click", {index: buttons.indexOf(button)});
});
"""


def build_page(settings: argparse.Namespace, folder: Path) -> gr.Blocks:
    """Load the generator and its examples, and build the page.

    Args:
        settings: argparse.Namespace, as returned by `parse_demo_settings`.
        folder: Path, an empty folder for results.

    Raises:
        UserError: if the generator cannot be loaded, or a flag does not fit.
    """
    configure_devices(deterministic=True)  # the same bits as `inference.py`
    generator = load_live_generator(settings)
    source = open_validation(settings)
    kind = find_input_kind(settings, source, generator.formats)
    size = generator.image_size
    no_painting = explain_no_painting(
        kind.palette, generator.formats, kind.reads_labels
    )
    if no_painting:
        info(f"no painting: {no_painting}")
    return DemoPage(
        generator,
        None if no_painting else Canvas(kind.palette, *size),
        no_painting,
        read_examples(source, generator.formats, size),
        kind.reads_labels,
        settings.upload_pixels,
        folder,
    ).build()


class DemoPage:
    """Builds the page, and answers what is done on it.

    Args:
        generator: LiveGenerator.
        canvas: Canvas, or None if label maps cannot be painted.
        no_painting: str, the reason if `canvas` is None.
        examples: list of Example.
        reads_labels: bool, whether the inputs are label maps.
        upload_pixels: int, the largest number of pixels of an uploaded image.
        folder: Path, an empty folder for results.
    """

    def __init__(
        self,
        generator: LiveGenerator,
        canvas: Canvas | None,
        no_painting: str,
        examples: list[Example],
        reads_labels: bool,
        upload_pixels: int,
        folder: Path,
    ):
        self.generator = generator
        self.canvas = canvas
        self.no_painting = no_painting
        self.examples = examples
        self.reads_labels = reads_labels
        self.upload_pixels = upload_pixels
        self.downloads = Downloads(folder, generator.formats.target)
        self.training_size = "{}x{}, like the training".format(*generator.own_size)

    def build(self) -> gr.Blocks:
        """Build the page."""
        with gr.Blocks(
            title="pix2pix", analytics_enabled=False, delete_cache=(SWEEP, EXPIRY)
        ) as blocks:
            gr.HTML(fragments.format_heading(self._describe()))
            with gr.Tabs(selected=PAINT if self.canvas else PHOTO) as tabs:
                with gr.Tab("Paint", id=PAINT):
                    painter = self._build_paint()
                with gr.Tab("Photo", id=PHOTO):
                    photo_outputs = self._build_photo()
            if self.examples:
                self._build_examples(tabs, painter, photo_outputs)
        blocks.queue(max_size=QUEUED, default_concurrency_limit=1, api_open=False)
        return blocks

    def _describe(self) -> str:
        formats = self.generator.formats
        if formats == RGB:
            return str(self.generator.path)
        return (
            f"{self.generator.path} · input: {_describe_side(formats.input)} · result: "
            f"{_describe_side(formats.target)}"
        )

    def _build_paint(self) -> gr.HTML | None:
        """Build the tab "Paint"; return its canvas."""
        if self.canvas is None:
            gr.Markdown(self.no_painting)
            return None
        value = self.canvas.encode(self.canvas.make_blank())
        if self.examples:
            value = self._get_start(0)
        image, text = self.paint(value)
        with gr.Row():
            with gr.Column(scale=11, min_width=300):
                painter = _create_painter(self.canvas, value)
            with gr.Column(scale=9, min_width=300):
                result = _create_text(image)
                status = _create_text(text)
        painter.input(
            self.paint,
            painter,
            [result, status],
            show_progress="hidden",
            trigger_mode="always_last",  # of several strokes, only the last matters
            **EVENT,
        )
        return painter

    def _get_start(self, number: int) -> str:
        """Return the label map of an example, as the canvas takes it."""
        shown = self.generator.show_input(self.examples[number].input)
        return self.canvas.encode(self.canvas.snap(shown))

    def paint(self, text: str) -> tuple:
        """Translate a painted label map.

        Args:
            text: str, as `Canvas.encode` returns it.

        Returns:
            tuple, the HTML of the result and of the status.
        """
        try:
            colors = self.canvas.color(self.canvas.decode(text))
            image = self.generator.formats.input.store(
                StoredImage(colors, has_alpha=False), "the painted label map"
            )
            translation = self.generator.translate(image)
        except (UserError, MemoryError) as error:
            return gr.skip(), _format_error(error)
        shown = self.generator.show_target(translation.image)
        result = fragments.format_result(shown, colors, _describe_time(translation))
        return result, self._format_status()

    def _format_status(self, sentences: Sequence[str] = ()) -> str:
        caption = self.generator.formats.target.caption
        shown = f"The result as it is shown: {caption}." if caption else ""
        return fragments.format_status(
            [*sentences, shown, self.generator.describe_change()]
        )

    def _build_photo(self) -> list:
        """Build the tab "Photo"; return its slider, download and status."""
        side = self.generator.formats.input
        if side.parts:
            gr.Markdown(
                f"The inputs of the training were stacked from several files: choose "
                f".npy files of their {side.channels} channels, scaled to [-1, 1]."
            )
        has_camera = side.channels in (1, 3) and not side.has_units
        with gr.Row():
            with gr.Column(scale=4, min_width=300):
                file = gr.File(
                    label="Drop an image file here, or choose one",
                    file_types=sorted(EXTENSIONS),
                    height=180,
                )
                size = gr.Radio(
                    [OWN_SIZE, self.training_size], value=OWN_SIZE, label="Size"
                )
                if has_camera:
                    camera = gr.Image(
                        sources=["webcam"],
                        type="filepath",
                        image_mode=None,
                        label="Camera",
                        height=260,
                    )
            with gr.Column(scale=6, min_width=300):
                slider = gr.ImageSlider(
                    label="Input | result", type="numpy", format="png", height=440
                )
                status = _create_text("")
                save = gr.DownloadButton("Save the result", interactive=False)
        outputs = [slider, save, status]
        gr.on(
            [file.upload, size.input],
            self.translate_file,
            [file, size],
            outputs,
            **EVENT,
        )
        if has_camera:
            camera.input(self.translate_file, [camera, size], outputs, **EVENT)
        return outputs

    def translate_file(self, path: str | None, size: str) -> tuple:
        """Translate an uploaded file.

        Args:
            path: str, the file; None for none.
            size: str, one of the choices of the page.

        Returns:
            tuple, the updates of the slider, of the download and of the status.
        """
        if path is None:
            return gr.skip(), gr.skip(), gr.skip()
        try:
            side_format = self.generator.formats.input
            upload = Upload(Path(path), side_format, self.upload_pixels)
            image = upload.image
            if size == self.training_size:
                image = resize_image(
                    image, *self.generator.own_size, labels=self.reads_labels
                )
            return self._translate(image, upload.name, upload.notes)
        except (UserError, MemoryError) as error:
            return None, gr.update(interactive=False), _format_error(error)

    def _translate(
        self, image: np.ndarray, name: str, notes: Sequence[str] = ()
    ) -> tuple:
        translation = self.generator.translate(image)
        shown = (
            self.generator.show_input(image),
            self.generator.show_target(translation.image),
        )
        path = self.downloads.write(translation.image, name)
        update = gr.update(value=path, interactive=True)
        return shown, update, self._format_status([_describe_time(translation), *notes])

    def _build_examples(
        self, tabs: gr.Tabs, painter: gr.HTML | None, photo_outputs: list
    ) -> None:
        """Build the row of validation pairs; a click on one uses its input."""
        images = [
            (self.generator.show_input(e.input), self.generator.show_target(e.target))
            for e in self.examples
        ]
        action = "paint on its label map" if painter else "translate its input"
        gr.Markdown(
            f"### Examples\nValidation pairs, input and target. Click one to {action}."
        )
        row = gr.HTML(
            fragments.format_examples(self.examples, images),
            js_on_load=CHOOSE_EXAMPLE,
            apply_default_css=False,
        )

        def use(event: gr.EventData):
            if painter:
                return gr.Tabs(selected=PAINT), self._get_start(event.index)
            example = self.examples[event.index]
            results = self._translate(example.input, example.name)
            return gr.Tabs(selected=PHOTO), *results

        outputs = [tabs, painter] if painter else [tabs, *photo_outputs]
        row.click(use, None, outputs, show_progress="hidden", **EVENT)


def _describe_side(side: SideFormat) -> str:
    return "RGB" if side == SideFormat() else side.describe()


def _create_text(value: str) -> gr.HTML:
    return gr.HTML(value, js_on_load=None, apply_default_css=False)


def _create_painter(canvas: Canvas, value: str) -> gr.HTML:
    """Create the canvas: a component of its own, in plain JavaScript.

    The editor of Gradio smooths the edges of strokes, and cannot name its colors.
    """
    return gr.HTML(
        value,
        html_template=(HERE / "painter.html").read_text(encoding="utf-8"),
        js_on_load=(HERE / "painter.js").read_text(encoding="utf-8"),
        apply_default_css=False,
        height=canvas.height,
        width=canvas.width,
        blank=canvas.blank,
        brushes=[brush._asdict() for brush in canvas.brushes],
    )


def _describe_time(translation: Translation) -> str:
    height, width = translation.image.shape[:2]
    return f"{translation.milliseconds:.0f} ms for {height}x{width} pixels"


def _format_error(error: Exception) -> str:
    message = OUT_OF_MEMORY if isinstance(error, MemoryError) else str(error)
    return fragments.format_error(message)
