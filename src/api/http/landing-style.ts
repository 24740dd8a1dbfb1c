import { createHash } from 'node:crypto';

/** Colors follow the color scheme of the browser. System fonts, so that the page fetches nothing. */
export const STYLE: string = `
:root { color-scheme: light dark; --ink: #1b2733; --soft: #5b6b7b; --line: #dde3ea; --page: #fbfcfd;
  --card: #fff; --accent: #0b6b5f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e9ef; --soft: #94a3b3; --line: #2b3640;
  --page: #12181e; --card: #1a2229; --accent: #58c9b9; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem; max-width: 60rem; background: var(--page);
  color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.9rem; letter-spacing: -0.02em; }
h2 { margin: 2.5rem 0 0.75rem; font-size: 1.05rem; }
p { margin: 0.5rem 0 0; max-width: 42rem; }
.soft, dt, th { color: var(--soft); }
a { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; margin-top: 1.25rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0.75rem;
  margin: 2rem 0 0; }
dl div { padding: 0.9rem 1rem; border: 1px solid var(--line); border-radius: 0.6rem;
  background: var(--card); }
dt { font-size: 0.85rem; }
dd { margin: 0.15rem 0 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.93rem; }
th, td { padding: 0.45rem 0.75rem 0.45rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 500; }
:is(th, td):last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
footer { margin-top: 2.5rem; font-size: 0.85rem; }
`;

const styleHash = createHash('sha256').update(STYLE).digest('base64');

/** Allows only this style sheet and the icon. */
export const CONTENT_SECURITY_POLICY: string =
  `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
