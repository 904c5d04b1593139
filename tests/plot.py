"""A plot with logarithmic axes as SVG: lines through points, each with its name at its end."""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 116, 110, 44, 56
COLOURS = ["#0b6e4f", "#b3402a", "#8a6d1a"]
STYLE = (
    "text{font:13px sans-serif;fill:#222}.title{font-size:15px;font-weight:bold}"
    ".grid{stroke:#ddd}.axis{stroke:#444}.end{text-anchor:end}.middle{text-anchor:middle}"
)


class Axis:
    """Maps values to positions, evenly for equal ratios."""

    def __init__(self, low, high, start, end):
        self.low, self.span = math.log(low), math.log(high / low)
        self.start, self.length = start, end - start

    def at(self, value):
        return round(self.start + self.length * (math.log(value) - self.low) / self.span, 1)


def powers(base, low, high):
    """The powers of base, from the last one not above low to the first one not below high."""
    first = math.floor(math.log(low, base) + 1e-9)
    last = math.ceil(math.log(high, base) - 1e-9)
    return [base**exponent for exponent in range(first, last + 1)]


def text(x, y, words, kind="", colour=None):
    fill = f' style="fill:{colour}"' if colour else ""
    return f'<text x="{x}" y="{y}" class="{kind}"{fill}>{escape(words)}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{kind}"/>'


def grid(x_axis, y_axis, x_marks, y_marks):
    """The marks of both axes; x_marks and y_marks are pairs of value and label."""
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for value, label in x_marks:
        x = x_axis.at(value)
        yield line(x, TOP, x, bottom, "grid")
        yield text(x, bottom + 20, label, "middle")
    for value, label in y_marks:
        y = y_axis.at(value)
        yield line(LEFT, y, right, y, "grid")
        yield text(LEFT - 8, y + 4, label, "end")
    yield line(LEFT, bottom, right, bottom, "axis")
    yield line(LEFT, TOP, LEFT, bottom, "axis")


def curve(x_axis, y_axis, name, points, colour):
    places = [(x_axis.at(x), y_axis.at(y)) for x, y in sorted(points.items())]
    path = " ".join(f"{x},{y}" for x, y in places)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in places:
        yield f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>'
    yield text(places[-1][0] + 10, places[-1][1] + 4, name, colour=colour)


def draw(title, x_name, x_labels, curves):
    """The SVG. x_labels: {x: label}; curves: {name: {x: y}}."""
    values = [y for points in curves.values() for y in points.values()]
    heights = powers(10, min(values), max(values))
    x_axis = Axis(min(x_labels), max(x_labels), LEFT, WIDTH - RIGHT)
    y_axis = Axis(heights[0], heights[-1], HEIGHT - BOTTOM, TOP)
    y_marks = [(height, f"{height:,}".replace(",", " ")) for height in heights]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(LEFT, 26, title, "title"),
        *grid(x_axis, y_axis, x_labels.items(), y_marks),
        text((LEFT + WIDTH - RIGHT) // 2, HEIGHT - 14, x_name, "middle"),
    ]
    for colour, (name, points) in zip(COLOURS, curves.items()):
        lines += curve(x_axis, y_axis, name, points, colour)
    return "\n".join([*lines, "</svg>"]) + "\n"
