"""The validation page as one HTML file, from the few forms of markdown that it uses."""

import base64
from collections.abc import Iterable, Sequence
from html import escape

from trabecula.validate.page import Page, markdown


def html(page: Page, sheet: bytes) -> str:
    """Return the page as one self-contained HTML file."""
    source = None
    if sheet:
        source = "data:image/png;base64," + base64.b64encode(sheet).decode("ascii")
    body = "\n".join(_blocks(markdown(page, picture=source)))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Validation</title>'
        "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;"
        "padding:0 1rem;color:#1c2126}table{border-collapse:collapse;margin:1rem 0}"
        "td,th{border-bottom:1px solid #d5dade;padding:.25rem .7rem;text-align:left}"
        "img{max-width:100%}.yes{color:#116329}.no{color:#a40e26;font-weight:600}</style>"
        f"{body}</html>\n"
    )


def _blocks(text: str) -> Iterable[str]:
    """Turn the few forms of markdown that the page uses into HTML."""
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        if not lines:
            continue
        if lines[0].startswith("#"):
            level = len(lines[0]) - len(lines[0].lstrip("#"))
            yield f"<h{level}>{_inline(lines[0].lstrip('# '))}</h{level}>"
        elif lines[0].startswith("| "):
            yield _html_table(lines)
        elif lines[0].startswith("!["):
            yield f'<img alt="the worst cases" src="{lines[0].split("](")[1][:-1]}">'
        elif lines[0].startswith("- "):
            yield _html_list("ul", block, "- ")
        elif lines[0].startswith("1. "):
            yield (
                "<ol>"
                + "".join(f"<li>{_inline(i.split('. ', 1)[1])}</li>" for i in lines)
                + "</ol>"
            )
        else:
            yield f"<p>{_inline(' '.join(lines))}</p>"


def _html_list(tag: str, block: str, mark: str) -> str:
    items = ("\n" + block.strip()).split("\n" + mark)[1:]
    inner = "".join(f"<li>{_inline(' '.join(item.split()))}</li>" for item in items)
    return f"<{tag}>{inner}</{tag}>"


def _html_table(lines: Sequence[str]) -> str:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head = "".join(f"<th>{_inline(cell)}</th>" for cell in rows[0])
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{_mark(cell)}">{_inline(cell)}</td>' for cell in row)
        + "</tr>"
        for row in rows[2:]
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _mark(cell: str) -> str:
    return cell if cell in ("yes", "no") else ""


def _inline(text: str) -> str:
    parts = escape(text, quote=False).split("**")
    bold = "".join(f"<b>{p}</b>" if n % 2 else p for n, p in enumerate(parts))
    code = bold.split("`")
    return "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(code))
