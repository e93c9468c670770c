/** Returns the page, whose URLs are relative: it does not know under which path it is mounted. */
export function pageText(version: string): string {
  const at = `assets/${version}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Cache</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${at}/uplot.css">
<link rel="stylesheet" href="${at}/dashboard.css">
<script src="${at}/uplot.js" defer></script>
<script type="module" src="${at}/web/main.js"></script>
</head>
<body>
<noscript>This page needs JavaScript.</noscript>
<div id="app"></div>
</body>
</html>
`
}

const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#0b7a62"/><path d="M4 11V8M8 11V5M12 11V7" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>',
  )
