# SPDX-License-Identifier: GPL-2.0-only
"""Draws the benchmark's results as an SVG bar chart: a panel for each protocol, a bar for each family."""
from xml.sax.saxutils import escape

BAR, GAP, TOP, LABELS, PANEL, BETWEEN = 9, 7, 78, 350, 430, 40
COLOURS = {4: "#2b6cb0", 6: "#dd8a1d"}
OURS = ("slb", "relay")
MEASURES = ("-nosum", "-shared", "-pktgen")
STYLE = "font-family='Helvetica,Arial,sans-serif' fill='#222'"


def text(x, y, words, size=11, anchor="start", weight="normal"):
    """Return a text element."""
    return "<text x='%.1f' y='%.1f' font-size='%d' text-anchor='%s' font-weight='%s' %s>%s</text>" % (
        x, y, size, anchor, weight, STYLE, escape(words))


def line(x, top, bottom, colour, dash=""):
    """Return a vertical line."""
    return "<line x1='%.1f' x2='%.1f' y1='%d' y2='%d' stroke='%s'%s/>" % (
        x, x, top, bottom, colour, " stroke-dasharray='%s'" % dash if dash else "")


def step_of(most):
    """Return a round distance between grid lines for values up to that."""
    step = 1
    while most / step > 8:
        step *= 2 if str(step)[0] in "15" else 2.5
    return int(step) or 1


def panel(results, cases, proto, left, scale, height):
    """Return the elements of a protocol's panel."""
    out = [text(left, TOP - 26, proto.upper(), 14, weight="bold")]
    step = step_of(PANEL / scale)
    for value in range(0, int(PANEL / scale) + 1, step):
        x = left + value * scale
        out += [line(x, TOP - 6, height, "#ddd"), text(x, TOP - 10, "%d" % value, 9, "middle")]
    for i, case in enumerate(cases):
        for j, family in enumerate((4, 6)):
            result = results.get((proto, case, family))
            if not result:
                continue
            y = TOP + i * (2 * BAR + GAP) + j * BAR
            width = result["cost"] * scale
            out.append("<rect x='%.1f' y='%d' width='%.1f' height='%d' fill='%s'/>" % (
                left, y, width, BAR - 1, COLOURS[family]))
            out.append(text(left + width + 3, y + BAR - 2, "%.0f" % result["cost"], 8))
    floor = results.get((proto, "floor", 4))
    if floor:
        out.append(line(left + floor["cost"] * scale, TOP - 6, height, "#b00", "4 3"))
    return out


def draw(results, cases, name, title, unit):
    """Return the chart as text."""
    cases = [case for case in cases if not case.endswith(MEASURES) and "-pktgen" not in case and
             not case.startswith("journey")]
    protos = [proto for proto in ("udp", "tcp") if any(key[0] == proto for key in results)]
    most = max((result["cost"] for key, result in results.items() if key[1] in cases), default=1)
    scale = (PANEL - 40) / most
    height = TOP + len(cases) * (2 * BAR + GAP)
    width = LABELS + len(protos) * (PANEL + BETWEEN)
    out = ["<!-- SPDX-License-Identifier: GPL-2.0-only -->",
           "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d'>" % (
               width, height + 34, width, height + 34),
           "<rect width='100%' height='100%' fill='#fff'/>", text(16, 26, title, 17, weight="bold")]
    for i, family in enumerate((4, 6)):
        out.append("<rect x='%d' y='38' width='10' height='10' fill='%s'/>" % (16 + 60 * i, COLOURS[family]))
        out.append(text(30 + 60 * i, 47, "IPv%d" % family))
    for i, case in enumerate(cases):
        out.append(text(LABELS - 10, TOP + i * (2 * BAR + GAP) + BAR + 3, name(case), 11, "end",
                        "bold" if case.startswith(OURS) else "normal"))
    for i, proto in enumerate(protos):
        out += panel(results, cases, proto, LABELS + i * (PANEL + BETWEEN), scale, height)
    out.append(text(LABELS, height + 22, "%s a packet; dashed: the floor, which only redirects packets" % unit))
    return "\n".join(out + ["</svg>"]) + "\n"
