#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Draws top.svg and dashboard.svg: draw.py INPUT OUTPUT, for scripts/pictures."""
import html
import json
import math
import pathlib
import re
import sys

FONT = "font-family='Helvetica,Arial,sans-serif'"
MONO = "font-family='DejaVu Sans Mono,Menlo,Consolas,monospace'"
COLOURS = ("#2b6cb0", "#dd8a1d", "#2f855a", "#b83280", "#6b46c1", "#c53030", "#319795", "#975a16", "#4a5568", "#d53f8c")
# Colours of a terminal, by the number of the control sequence.
TERMINAL = {"31": "#e06c75", "32": "#98c379", "33": "#e5c07b", "34": "#61afef", "35": "#c678dd", "36": "#56b6c2"}
WIDE, HIGH, COLUMNS = 400, 190, 3
# Where the plot of a panel lies in it: left, top, right, bottom.
LEFT, TOP, RIGHT, BOTTOM = 52, 30, 12, 62
LINES = 6


def text(x, y, words, size=11, anchor="start", extra=""):
    return (f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' text-anchor='{anchor}' {FONT} fill='#222' {extra}>"
            f"{html.escape(words)}</text>")


def svg(width, height, body, background):
    return "\n".join(["<!-- SPDX-License-Identifier: GPL-2.0-only -->",
                      f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
                      f"viewBox='0 0 {width} {height}'>",
                      f"<rect width='100%' height='100%' fill='{background}'/>", *body, "</svg>", ""])


def number(value, unit):
    """A value of an axis."""
    if unit == "percentunit":
        return f"{100 * value:g} %"
    if unit == "s":
        return f"{1000 * value:g} ms"
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"


def legend(pattern, labels):
    return re.sub(r"{{(\w+)}}", lambda found: labels.get(found.group(1), ""), pattern).strip()


def top_of(most):
    """A round number above."""
    if not most:
        return 1
    scale = 10.0 ** (math.floor(math.log10(most)) + 1)
    return next(scale * part for part in (0.1, 0.2, 0.25, 0.5, 1) if scale * part >= most)


def panel(title, unit, lines, x, y, begin, end):
    """One panel: its lines, an axis, and names of the lines that reach highest."""
    out = [f"<rect x='{x}' y='{y}' width='{WIDE - 10}' height='{HIGH - 10}' fill='#fff' stroke='#ccc'/>",
           text(x + 8, y + 18, title, 12, extra="font-weight='bold'")]
    left, right, high, low = x + LEFT, x + WIDE - 10 - RIGHT, y + TOP, y + HIGH - 10 - BOTTOM
    most = top_of(max((max(v for _, v in points) for _, points in lines if points), default=0))
    for part in (0, 0.5, 1):
        at = low - part * (low - high)
        out += [f"<line x1='{left}' x2='{right}' y1='{at:.1f}' y2='{at:.1f}' stroke='#e5e5e5'/>",
                text(left - 4, at + 3, number(most * part, unit), 9, "end")]
    lines = sorted(lines, key=lambda line: -max((v for _, v in line[1]), default=0))[:len(COLOURS)]
    for (name, points), colour in zip(lines, COLOURS):
        parts, last = [], None
        for when, value in points:
            px, py = left + (when - begin) / (end - begin) * (right - left), low - value / most * (low - high)
            parts.append(f"{'L' if last and when - last < 5 else 'M'}{px:.1f} {py:.1f}")
            last = when
        # a value that is there for a moment is a line of no length
        if len(points) == 1:
            parts.append("h1")
        out.append(f"<path d='{' '.join(parts)}' fill='none' stroke='{colour}' stroke-width='1.5'/>")
    for i, ((name, _), colour) in enumerate(list(zip(lines, COLOURS))[:LINES]):
        px, py = x + 8 + i % 2 * (WIDE / 2 - 8), low + 18 + i // 2 * 13
        out += [f"<rect x='{px:.1f}' y='{py - 7:.1f}' width='8' height='8' fill='{colour}'/>",
                text(px + 12, py, name[:36], 9)]
    return out


def dashboard(answers):
    panels = {}
    for answer in answers:
        lines = panels.setdefault((answer["relay"], answer["title"]), (answer["unit"], []))[1]
        for result in answer["result"] or []:
            points = [(float(when), float(value)) for when, value in result["values"] if value not in ("NaN", "+Inf")]
            if points and not legend(answer["legend"], result["metric"]).endswith("limit"):
                lines.append((legend(answer["legend"], result["metric"]), points))
    times = [when for _, lines in panels.values() for _, points in lines for when, _ in points]
    body, y = [], 8
    for relay in (False, True):
        some = [(title, *value) for (is_relay, title), value in panels.items() if is_relay == relay]
        body.append(text(10, y + 14, "Relay" if relay else "Balancer", 15, extra="font-weight='bold'"))
        y += 24
        for i, (title, unit, lines) in enumerate(some):
            body += panel(title, unit, lines, 10 + i % COLUMNS * WIDE, y + i // COLUMNS * HIGH, min(times), max(times))
        y += (len(some) + COLUMNS - 1) // COLUMNS * HIGH + 8
    return svg(10 + COLUMNS * WIDE, y, body, "#f5f5f5")


def screen(recorded):
    """The last frame of a recording, as lines of (colour, is it bold, is it inverse, text)."""
    recorded = recorded.rpartition("\nexit ")[0]
    frame = re.split(r"\x1b\[H|\x1b\[2J", recorded)[-1]
    frame = re.sub(r"\x1b\[\?\d+[hl]|\x1b\[[\d;]*[JKH]", "", frame)
    for line in frame.rstrip("\n").split("\n"):
        pieces, colour, bold, inverse = [], None, False, False
        for piece in re.split(r"(\x1b\[[\d;]*m)", line):
            if piece.startswith("\x1b["):
                codes = piece[2:-1].split(";")
                colour = next((c for c in codes if c in TERMINAL), None)
                bold, inverse = "1" in codes, "7" in codes
            elif piece:
                pieces.append(("#282c34" if inverse else TERMINAL.get(colour, "#ffffff" if bold else "#dcdfe4"),
                               bold, inverse, piece))
        yield pieces


def terminal(recorded):
    lines = list(screen(recorded))
    cell, height = 7.3, 16
    width = max(sum(len(piece) for *_, piece in line) for line in lines)
    body = []
    for i, line in enumerate(lines):
        x = 12.0
        for colour, bold, inverse, piece in line:
            if inverse:
                body.append(f"<rect x='{x:.1f}' y='{12 + i * height}' width='{cell * len(piece):.1f}' height='{height}' "
                            "fill='#dcdfe4'/>")
            weight = " font-weight='bold'" if bold else ""
            body.append(f"<text x='{x:.1f}' y='{24 + i * height}' font-size='12' {MONO} fill='{colour}'{weight} "
                        f"textLength='{cell * len(piece):.1f}' xml:space='preserve'>{html.escape(piece)}</text>")
            x += cell * len(piece)
    return svg(int(24 + cell * width), 20 + height * len(lines), body, "#282c34")


def main():
    given, folder = map(pathlib.Path, sys.argv[1:])
    answers = json.loads((given / "panels.json").read_text(encoding="utf-8"))
    (folder / "dashboard.svg").write_text(dashboard(answers), encoding="utf-8")
    recorded = (given / "top.ansi").read_text(encoding="utf-8", errors="replace")
    (folder / "top.svg").write_text(terminal(recorded), encoding="utf-8")


main()
