"""Pieces of HTML of the page. Everything that is text is escaped here."""

import base64
import html

import cv2
import numpy as np

from pyimagesearch.demo.examples import Example


def encode_image(image: np.ndarray) -> str:
    """Return a uint8 array (H, W, 3), RGB, as the URL of a PNG file."""
    _, data = cv2.imencode(".png", image[..., ::-1])
    return f"data:image/png;base64,{base64.b64encode(data.tobytes()).decode()}"


def format_heading(text: str) -> str:
    """Format the heading of the page, and a line below it."""
    return f'<div class="heading"><h1>pix2pix</h1><p>{html.escape(text)}</p></div>'


def format_result(result: np.ndarray, painted: np.ndarray, time: str) -> str:
    """Format the result of a painted label map, with links that save both.

    Args:
        result, painted: uint8 arrays (H, W, 3), RGB.
        time: str, how long it took.
    """
    url = encode_image(result)
    return (
        f'<div class="result"><p class="time" role="status">{html.escape(time)}</p>'
        f'<img src="{url}" alt="What the generator makes of the label map">'
        f'<p class="save"><a href="{url}" download="result.png">Save the result</a>'
        f'<a href="{encode_image(painted)}" download="labels.png">Save the label map'
        f"</a></p></div>"
    )


def format_status(sentences: list[str]) -> str:
    """Format what the page says about a result."""
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in sentences if text)
    return f'<div class="status">{paragraphs}</div>'


def format_error(message: str) -> str:
    """Format a message as a sentence that stands out."""
    text = html.escape(message.rstrip("."))
    return f'<div class="status"><p class="error" role="alert">{text}.</p></div>'


def format_examples(
    examples: list[Example], images: list[tuple[np.ndarray, np.ndarray]]
) -> str:
    """Format the row of examples, each of them a button with two images.

    Args:
        examples: list of Example.
        images: list of tuple, their inputs and targets, uint8 arrays (H, W, 3), RGB.
    """
    buttons = []
    for example, (shown_input, shown_target) in zip(examples, images, strict=True):
        name = html.escape(example.name)
        buttons.append(
            f'<button type="button" title="Use {name}"><div>'
            f'<img src="{encode_image(shown_input)}" alt="input">'
            f'<img src="{encode_image(shown_target)}" alt="target"></div>'
            f"<small>{name}</small></button>"
        )
    return f'<div class="examples">{"".join(buttons)}</div>'
