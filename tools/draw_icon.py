"""Draws the icon of the Alexa skill: a pilot's lantern over calm water, its light going out in rings like a voice.

python -m tools.draw_icon
"""

import math
from pathlib import Path

from PIL import Image, ImageDraw

SIZES = (108, 512)
_FOLDER = Path(__file__).resolve().parents[1] / "rostlots" / "alexa" / "data"
# Drawn large and made smaller, so that edges are smooth.
_SIDE = 2048

_NIGHT, _LIGHT, _POST = "#1f4e5a", "#ffd9a0", "#fbf7f2"
_RING = ("#2d6672", "#44828d", "#6ba5ac")
_WATER = ("#9fc9cc", "#d3e7e6")


def draw() -> Image.Image:
    """The icon at its largest."""
    image = Image.new("RGB", (_SIDE, _SIDE), _NIGHT)
    pen = ImageDraw.Draw(image)
    x, y = _SIDE // 2, int(_SIDE * 0.40)
    for radius, colour in zip((760, 560, 370), _RING, strict=True):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    pen.rounded_rectangle((x - 62, y, x + 62, int(_SIDE * 0.80)), radius=40, fill=_POST)
    pen.ellipse((x - 205, y - 205, x + 205, y + 205), fill=_LIGHT)
    for level, height, phase, colour in ((0.755, 38, 0.0, _WATER[0]), (0.83, 38, math.pi, _WATER[1])):
        crest = [
            (px, _SIDE * level + height * math.sin(phase + px / _SIDE * 5 * math.pi)) for px in range(0, _SIDE + 1, 8)
        ]
        pen.polygon([*crest, (_SIDE, _SIDE), (0, _SIDE)], fill=colour)
    return image


def main() -> None:
    """Write every size beside the data of the skill."""
    drawn = draw()
    for size in SIZES:
        drawn.resize((size, size), Image.Resampling.LANCZOS).save(_FOLDER / f"icon_{size}.png", optimize=True)


if __name__ == "__main__":
    main()
