/** Rendering of docs/reference/reasons.md from the vocabulary of `@sitecache/http`. */

const intro = `<!-- Written by scripts/reasons.mjs: don't edit. -->

# Results and reasons

Every exchange with a layer of cache ends with one **result**; where it says so, a **reason** stands beside it. The same words are in
\`Cache-Status\` (reasons as \`detail\`), in the event \`exchange\`, in \`stats()\`, in \`req.cache.outcome\` and in metrics; lines of
\`NODE_DEBUG=sitecache\` have the same reasons.

Hit ratio: \`hit\`, \`stale\`, \`revalidated\`, \`collapsed\` and \`filled\` among all but \`bypass\`. Offload ratio: the same without
\`revalidated\`, for which the handler was asked.
`

/** Returns the text of the page. */
export function reasonsPage({ RESULTS, FORWARDS, REASONS, reasonLines }) {
  const lines = (name, text) => reasonLines(name, text).join('\n')
  return [intro, results(RESULTS), forwards(FORWARDS, lines), reasons(REASONS, lines)].join('\n')
}

const cell = (text) => text.replaceAll('|', '\\|')

function results(texts) {
  const rows = Object.entries(texts).map(([name, { means, cacheStatus, nginx, cloudflare, varnish }]) =>
    [`\`${name}\``, means, `\`${cacheStatus}\``, nginx, cloudflare, varnish].map(cell).join(' | '),
  )
  const head =
    '| result | | Cache-Status (RFC 9211) | nginx | Cloudflare | Varnish |\n| --- | --- | --- | --- | --- | --- |'
  return `## Results\n\n${head}\n${rows.map((row) => `| ${row} |`).join('\n')}\n`
}

function forwards(texts, lines) {
  return `## Why a request went on\n\nValues of \`fwd\` in Cache-Status, and of \`forward\` in events.\n\n${entries(texts, 'forward', lines)}`
}

function reasons(texts, lines) {
  return `## Reasons\n\nThe block below each word is the text that \`sitecache explain\` and \`explainText()\` show where it applies.\n\n${entries(texts, 'reason', lines)}`
}

/** Names that stand in both lists have anchors that tell them apart. */
function entries(texts, kind, lines) {
  return Object.entries(texts)
    .map(([name, text]) => {
      const { means, cause, remedy, code } = text
      const heading = kind === 'forward' ? `### fwd=${name}` : `### ${name}`
      const told = `- **Cause.** ${cause}\n- **Remedy.** ${remedy}\n\n\`\`\`js\n${code}\n\`\`\`\n`
      return `${heading}\n\n${means}\n\n${told}\n\`\`\`text\n${lines(name, text)}\n\`\`\`\n`
    })
    .join('\n')
}
