/** The style of the page, light or dark as the reader's system is. */
export const STYLE = `
:root { color-scheme: light dark; --page: #fcfcfb; --card: #ffffff; --ink: #1b1b1a; --soft: #5c5b57; --line: #dedcd5; --a: #2a78d6; --b: #d2571a; --heat: 42 120 214; }
@media (prefers-color-scheme: dark) { :root { --page: #161615; --card: #1f1f1d; --ink: #f2f1ee; --soft: #b0aea7; --line: #3a3936; --a: #5aa2f0; --b: #f08a52; --heat: 90 162 240; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
section, header { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; margin: 0 0 1rem; overflow-x: auto; }
dl.sides { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .75rem; margin: 0; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
.key-a { color: var(--a); } .key-b { color: var(--b); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(15.5rem, 1fr)); gap: .75rem; margin: 0 0 1rem; padding: 0; list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; }
.tiles span { display: block; color: var(--soft); font-size: .85rem; }
.tiles strong { font-size: 1.1rem; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0 0 .35rem; }
th, td { padding: .2rem .65rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--soft); font-weight: 600; }
tbody th { font-weight: 400; }
td.event { text-align: left; white-space: normal; overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: .85rem; }
.matrix td { background: rgb(var(--heat) / var(--share, 0)); min-width: 6rem; }
.matrix td.same { color: var(--soft); background: none; }
.note { color: var(--soft); font-size: .9rem; margin: .4rem 0 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem 1.5rem; }
figure { margin: 0; } figcaption { font-weight: 600; }
svg { display: block; width: 100%; height: auto; max-width: 46rem; }
svg text { fill: var(--soft); font-size: 12px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .a, svg .b { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .a { stroke: var(--a); stroke-dasharray: 6 3; } svg .b { stroke: var(--b); }
svg .dot.a { fill: var(--a); } svg .dot.b { fill: var(--b); }
svg .dot { stroke: var(--card); stroke-width: 1.5; }
svg .hover { fill: transparent; } svg .hover:hover { fill: rgb(var(--heat) / .12); }
@media (max-width: 34rem) { body { padding: .5rem; } .plots { grid-template-columns: 1fr; } }
summary { cursor: pointer; font-weight: 600; }
@media print { body { max-width: none; } section, header { break-inside: avoid; } }
`;
