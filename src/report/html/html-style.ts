/** How a page looks: by light and by dark, on paper, wide and narrow. Tones are words as well. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --faint: #57606a; --line: #d0d7de;
  --back: #ffffff; --good: #116329; --bad: #b3141c; --doubt: #7d4e00; --mark: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --faint: #9aa4af; --line: #3b434c;
  --back: #0d1117; --good: #56d364; --bad: #ff8a80; --doubt: #e3b341; --mark: #79c0ff; } }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--back);
  color: var(--text); font: 0.95rem/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 0.3rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
p { margin: 0.3rem 0; }
.facts, .notes { list-style: none; padding: 0; margin: 0.3rem 0; }
.facts li { display: inline-block; margin-right: 1.5rem; }
.notice { border-left: 0.25rem solid; padding: 0.1rem 0.8rem; margin: 0.8rem 0; }
.notice ul { margin: 0.3rem 0; padding-left: 1.2rem; color: var(--text); }
.nested { margin-left: 1.2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0.5rem 0; }
th, td { padding: 0.15rem 0.8rem 0.15rem 0; text-align: left; vertical-align: top; }
th { color: var(--faint); font-weight: 600; border-bottom: 1px solid var(--line); }
th, .right { white-space: nowrap; }
.right { text-align: right; }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; }
td.detail { padding-left: 1.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 0.5rem 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); }
.mark { color: var(--mark); } .faint { color: var(--faint); } .strong { font-weight: 600; }
svg { width: 100%; height: auto; max-width: 60rem; display: block; }
svg text { fill: var(--faint); font: 11px system-ui, sans-serif; }
svg .axis { stroke: var(--line); }
svg .values { fill: none; stroke: var(--faint); stroke-width: 1; }
svg .interval { stroke: var(--faint); stroke-opacity: 0.5; }
svg .point { fill: var(--text); }
svg .level { stroke: var(--mark); stroke-width: 2; }
svg .change { stroke-dasharray: 4 3; stroke: currentColor; }
svg text.change-text { fill: currentColor; font-weight: 600; }
`;
