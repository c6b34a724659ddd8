"""How a derivation's page looks: light and dark, wide and narrow, on paper."""

from __future__ import annotations

STYLE = """
:root {
  --ink: #1f1d1a; --soft: #5d574e; --line: #e2dccf; --paper: #fdfcf9; --panel: #f5f1e8;
  --link: #0b5a8a; --mark: #fbeebc;
  --state: #0072b2; --adjoint: #b3490a; --spike: #1f1d1a; --arrival: #7c766b; --guard: #a3557f;
  --grid: #e2dccf; --shade: #efe9dc;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e8e4dc; --soft: #a8a297; --line: #34363b; --paper: #15161a; --panel: #1d1f24;
    --link: #78bdea; --mark: #4a4115;
    --state: #56b4e9; --adjoint: #f0904a; --spike: #e8e4dc; --arrival: #989286; --guard: #dd97bb;
    --grid: #303238; --shade: #24262c;
  }
}
* { box-sizing: border-box; }
html {
  color-scheme: light dark; scroll-padding-top: 1rem;
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.55 "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua",
    "Source Serif 4", "Noto Serif", Georgia, serif;
  overflow-wrap: break-word;
}
.page { max-width: 62rem; margin: 0 auto; padding: 0 1rem 4rem; }
a { color: var(--link); text-decoration-thickness: 0.06em; text-underline-offset: 0.18em; }
a:focus-visible, .box:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
header { padding: 2.5rem 0 0.5rem; }
.kind { margin: 0; color: var(--soft); font-size: 0.9rem; letter-spacing: 0.02em; }
h1 { margin: 0.1rem 0 0.6rem; font-size: clamp(1.9rem, 5vw, 2.6rem); line-height: 1.15; }
h2 {
  margin: 3.2rem 0 0.4rem; padding-top: 0.9rem; border-top: 1px solid var(--line);
  font-size: 1.5rem; line-height: 1.25;
}
h3 { margin: 1.9rem 0 0.2rem; font-size: 1.08rem; line-height: 1.35; }
p { margin: 0.35rem 0; max-width: 44rem; }
.about, .from { color: var(--soft); }
.from { font-size: 0.9rem; }
.citation { font-size: 0.95rem; color: var(--soft); }
.name { font: 0.86em/1.4 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace; }
math {
  font-family: "STIX Two Math", "Cambria Math", "Libertinus Math", "Latin Modern Math", math;
  font-size: 1.1em;
}
mover > :last-child { transform: translateY(-0.07em); }
nav ol { margin: 0.5rem 0 0; padding: 0; list-style: none; columns: 17rem 3; column-gap: 2rem; }
nav li { padding: 0.12rem 0; break-inside: avoid; }
nav .numbers { color: var(--soft); font-size: 0.85rem; white-space: nowrap; }
.box { overflow-x: auto; max-width: 100%; margin: 0.6rem 0; }
.sunk { background: var(--panel); border-radius: 0.4rem; }
.equations { border-collapse: collapse; width: 100%; }
.equations td { padding: 0.42rem 0; vertical-align: baseline; white-space: nowrap; }
.equations .left { padding-left: 0.9rem; text-align: right; width: 1%; }
.equations .sign { padding-inline: 0.5em; text-align: center; width: 1%; }
.equations .right { text-align: left; }
.equations .more { display: block; margin: 0.35rem 0 0 2em; }
.equations .tag {
  position: sticky; right: 0; width: 1%; padding-inline: 0.9rem 0.8rem; text-align: right;
  background: linear-gradient(to right, transparent, var(--panel) 0.7rem);
  font-variant-numeric: tabular-nums;
}
.tag a, .from a, .numbers a { text-decoration: none; }
.tag a:hover, .from a:hover, .numbers a:hover { text-decoration: underline; }
tr:target td { background: var(--mark); }
tr:target .tag { background: linear-gradient(to right, transparent, var(--mark) 0.7rem); }
.values { border-collapse: collapse; font-size: 0.97rem; }
.values th, .values td {
  padding: 0.3rem 1.4rem 0.3rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: baseline; white-space: nowrap;
}
.values th { font-weight: 600; font-size: 0.9rem; color: var(--soft); }
.values .number { text-align: right; font-variant-numeric: tabular-nums; }
.values .words { white-space: normal; min-width: 15rem; }
.figures {
  display: grid; gap: 1.4rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr));
}
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { font-size: 0.92rem; color: var(--soft); margin-top: 0.4rem; }
footer {
  margin-top: 3.5rem; padding-top: 0.8rem; border-top: 1px solid var(--line);
  color: var(--soft); font-size: 0.9rem;
}
@media (max-width: 34rem) {
  body { font-size: 1rem; }
  .equations .left { padding-left: 0.6rem; }
  .equations .tag { padding-inline: 0.6rem 0.5rem; }
  .values th, .values td { padding-right: 0.8rem; }
  h2 { font-size: 1.3rem; margin-top: 2.4rem; }
}
@media print {
  html { font-size: 10pt; }
  .figures { grid-template-columns: 1fr 1fr; }
  .page { max-width: none; padding: 0; }
  nav { display: none; }
  a { color: inherit; text-decoration: none; }
  h2, h3, .about, .from { break-after: avoid; }
  .equations tr, figure, .values tr { break-inside: avoid; }
  .box { overflow: visible; }
  .sunk { background: none; }
  .equations .tag { position: static; background: none; }
}
"""
"""The style sheet."""
