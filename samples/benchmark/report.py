#!/usr/bin/env python3
"""Turns the figures of two back ends beside each other into a table of medians and ratios (Markdown) and a plot (SVG).

    report.py FIGURES.csv FOLDER NAME-OF-A NAME-OF-B

Uses nothing but Python's own library.
"""
import csv
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from xml.sax.saxutils import escape

COLOURS = {"A": "#2a6f97", "B": "#c9882b"}
BAR, GAP, LEFT, TOP, SCALE = 14, 12, 300, 60, 520


def read(path):
    """Figures by (place, mix, queues, depth), then by side: lists of rows in the order they were measured."""
    groups = defaultdict(lambda: defaultdict(list))
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            key = (row["place"], row["mix"], int(row["queues"]), int(row["depth"]))
            groups[key][row["side"]].append({name: float(row[name]) for name in
                                             ("iops", "p50_us", "p99_us", "calls", "errors")})
    return groups


def median(rows, name):
    return statistics.median(row[name] for row in rows)


def ratios(sides):
    """The ratio of each pair: its two halves were measured one after the other."""
    return [a["iops"] / b["iops"] for a, b in zip(sides["A"], sides["B"]) if b["iops"] > 0]


def markdown(groups, a, b):
    lines = [f"| processor | requests | queues | depth | {a} IOPS | {b} IOPS | ratio (least, most) | {a} p50 / p99 | {b} p50 / p99 | errors |",
             "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for (place, mix, queues, depth), sides in groups.items():
        pair = ratios(sides)
        latency = [f"{median(sides[s], 'p50_us'):,.0f} / {median(sides[s], 'p99_us'):,.0f} us" for s in "AB"]
        errors = sum(row["errors"] for s in "AB" for row in sides[s])
        lines.append(f"| {place} | {mix} | {queues} | {depth} | {median(sides['A'], 'iops'):,.0f} | "
                     f"{median(sides['B'], 'iops'):,.0f} | **{statistics.median(pair):.2f}** ({min(pair):.2f}, {max(pair):.2f}) | "
                     f"{latency[0]} | {latency[1]} | {errors:.0f} |")
    return "\n".join(lines) + "\n"


def svg(groups, a, b):
    most = max(median(rows, "iops") for sides in groups.values() for rows in sides.values())
    step = 2 * BAR + GAP
    height = TOP + step * len(groups) + 20
    width = LEFT + SCALE + 190
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           '<text x="16" y="24" font-size="15">4 KiB requests a second, medians; the line spans least to most</text>']
    for x, (side, name) in zip((LEFT, LEFT + 160), (("A", a), ("B", b))):
        out.append(f'<rect x="{x}" y="36" width="12" height="12" fill="{COLOURS[side]}"/>'
                   f'<text x="{x + 18}" y="47">{escape(name)}</text>')
    for row, ((place, mix, queues, depth), sides) in enumerate(groups.items()):
        y = TOP + row * step
        label = f"{place} processor, {mix}, {queues} queue{'s' if queues > 1 else ''}, depth {depth}"
        out.append(f'<text x="{LEFT - 10}" y="{y + BAR + 4}" text-anchor="end">{escape(label)}</text>')
        for line, side in enumerate("AB"):
            figures = [r["iops"] for r in sides[side]]
            top = y + line * BAR
            value = statistics.median(figures)
            low, high = (LEFT + SCALE * f / most for f in (min(figures), max(figures)))
            text = f"{value:,.0f}" + (f"  ({statistics.median(ratios(sides)):.2f} x)" if side == "A" else "")
            out.append(f'<rect x="{LEFT}" y="{top}" width="{SCALE * value / most:.1f}" height="{BAR - 2}" fill="{COLOURS[side]}"/>'
                       f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{top + 6}" y2="{top + 6}" stroke="black"/>'
                       f'<text x="{max(high, LEFT + SCALE * value / most) + 6:.1f}" y="{top + 11}">{text}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def main():
    path, folder, a, b = sys.argv[1:5]
    a, b = (a, b) if a != b else (a + " (A)", b + " (B)")
    groups = {key: sides for key, sides in read(path).items() if sides["A"] and sides["B"]}
    if not groups:
        sys.exit("report.py: there is no pair of figures in " + path)
    Path(folder, Path(path).stem + ".md").write_text(markdown(groups, a, b))
    Path(folder, Path(path).stem + ".svg").write_text(svg(groups, a, b))


if __name__ == "__main__":
    main()
