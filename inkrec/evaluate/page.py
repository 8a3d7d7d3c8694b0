"""The page that a report stands in: one file, light or dark as the reader's screen."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["STYLE", "page", "section"]

STYLE = """
:root{--ink:#1c2733;--soft:#5d6b7a;--rule:#dfe4ea;--paper:#fff;--a:#2f6db3;--b:#c8631c;--c:#3d8b5f;
--bad:#fbe3da;--worse:#b3401a}
@media(prefers-color-scheme:dark){:root{--ink:#e4e9ee;--soft:#98a5b3;--rule:#303a45;--paper:#151a20;
--a:#6fa8e6;--b:#eb9350;--c:#6fc397;--bad:#4a2a1e;--worse:#ff9d76}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:860px;
margin:40px auto;padding:0 20px}
h1{font-size:26px;margin:0}h2{font-size:18px;margin:44px 0 4px}p{margin:4px 0 12px}
.soft{color:var(--soft)}table{border-collapse:collapse;
font-variant-numeric:tabular-nums;margin:12px 0}
th,td{padding:3px 14px 3px 0;text-align:right;border-bottom:1px solid var(--rule)}
th{font-weight:600;color:var(--soft)}th:first-child,td:first-child,td.text,th.text{text-align:left}
td.text{white-space:normal}code,.mono{font-family:ui-monospace,monospace}
.plot,.ink{max-width:100%;
height:auto;display:block;margin:10px 0}svg text{font:12px system-ui,sans-serif;
fill:var(--soft)}svg text.note{fill:var(--ink)}.grid{stroke:var(--rule)}.a{--k:var(--a)}
.b{--k:var(--b)}.c{--k:var(--c)}.fill{fill:var(--k)}.dot{fill:var(--k);fill-opacity:.75}
.line{stroke:var(--k);stroke-width:2;fill:none}.ink path{fill:none;stroke:var(--ink);
stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}
.meter{display:inline-block;height:9px;border-radius:2px;background:var(--a);vertical-align:middle}
.chip{display:inline-block;border:1px solid var(--rule);border-radius:4px;padding:0 6px;
margin:1px 3px 1px 0;white-space:nowrap}.chip b{font-weight:600}
.key{display:inline-block;width:10px;height:10px;border-radius:50%;background:var(--k);
margin:0 5px 0 0}span+span>.key{margin-left:14px}
.case{border-top:1px solid var(--rule);padding:10px 0}.read{white-space:pre-wrap}
mark{background:var(--bad);color:var(--worse);border-radius:3px;padding:0 2px}
"""


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page of parts that are HTML already."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<body>{''.join(parts)}</body></html>\n"
    )


def section(title: str, about: str, *body: str) -> str:
    """A heading, a sentence on what is shown, and what is shown."""
    return f'<h2>{escape(title)}</h2><p class="soft">{escape(about)}</p>{"".join(body)}'
