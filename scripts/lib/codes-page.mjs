/** Lists of all errors and warnings, from the pages of their codes: one page has all that is said of a code. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const intros = {
  errors: `# Errors

Each error has a \`code\`, and a message that names the setting or the value, what is allowed, and what to do. None names a key, a cookie or anything
of a visitor. Those of one class are caught by \`instanceof\`, also where two copies of the package are loaded; \`SitecacheError\` is above them all,
but for those that are a \`TypeError\` or a \`RangeError\`.

\`\`\`js
try {
  createCaches(settings)
} catch (error) {
  if (error instanceof SitecacheError && error.code === 'ERR_SITECACHE_SETTINGS') console.error(error.message)
}
\`\`\`

Only what is called by mistake throws: when a cache or a middleware is made, and when a method is given what it can't take. A fault at run time breaks no
request: it is a miss, the event [\`error\`](events.md) and a count. [Warnings](warnings.md) have codes of their own.
`,
  warnings: `# Warnings

sitecache warns of set-ups that go wrong without a word, and of what it can't do for a while. Warnings are those of Node: \`process.on('warning')\`
hears them, with their \`code\`. They name no key, no cookie and nothing of a visitor.

Most come when something is made, or by what was seen of the first 100 requests of a middleware: afterwards nothing is looked at any more. Those come
once in a process.

Each can be switched off, for the whole process, where a cache or a middleware is made:

\`\`\`js
createCaches(settings, { warnings: { SITECACHE_TIMEOUT: false } })
siteCache({ warnings: { SITECACHE_HOSTS: false, SITECACHE_PROXY: false } })
\`\`\`

or by Node itself: \`node --disable-warning=SITECACHE_HOSTS app.js\`. Errors that are thrown [have codes too](errors.md).
`,
}

/** Kinds of codes: folders of their pages. */
export const kinds = Object.keys(intros)

/** Returns the codes of a kind that have a page, in their order. */
export function codesOf(root, kind) {
  const files = readdirSync(join(root, 'docs/reference', kind)).filter((file) => file.endsWith('.md'))
  return files.map((file) => file.replace('.md', '')).sort()
}

/** Returns the text of docs/reference/errors.md or warnings.md. */
export function codesPage(root, kind) {
  const rows = codesOf(root, kind).map((code) => {
    const text = readFileSync(join(root, 'docs/reference', kind, `${code}.md`), 'utf8')
    return `| [\`${code}\`](${kind}/${code}.md) | ${summaryOf(text, kind)} |\n`
  })
  const head = `| code | ${kind === 'errors' ? 'thrown for' : 'cause'} |\n| --- | --- |\n`
  return `<!-- Written by scripts/codes.mjs: don't edit. -->\n\n${intros[kind]}\n${head}${rows.join('')}`
}

/** Of a warning its cause; of an error the first sentence of its page. */
function summaryOf(text, kind) {
  const [, cause = ''] = /^- \*\*Cause\.\*\* ([\s\S]*?)\n- \*\*/m.exec(text) ?? []
  const [, lead = ''] = /^# .*\n\n([\s\S]*?)\n\n/.exec(text) ?? []
  const summary =
    kind === 'warnings'
      ? cause.replace(/\s*\n\s*/g, ' ')
      : lead.replaceAll('\n', ' ').replace(/(?<=[a-z`)])\. .*/, '.')
  return summary.replaceAll('|', '\\|').replaceAll('](../', '](')
}
