/** Rendering of docs/reference/options.md from the documentation of the options' types. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('../../packages/express/src/options/page-options.ts', import.meta.url))
const ts = createRequire(new URL('../../docs/package.json', import.meta.url))('typescript')

const intro = `<!-- Written by scripts/options.mjs: don't edit. -->

# Options

Options of \`updateCache()\`, \`siteCache()\` and \`withSiteCache()\`; of \`cachePage(timeout, options)\` all but \`timeout\`. Times are seconds, or a duration
such as \`'15m'\`; \`null\` never expires; 0 or less stores nothing. Sizes are bytes. An unknown option or a bad value is an error when the middleware is made: it names the
option, the value and what is allowed.
`

/** Returns the text of the page. */
export function optionsPage() {
  const options = [...optionsOf('SiteOptions'), ...optionsOf('PageOptions')]
  return `${[intro, table(options), ...options.map(section)].join('\n')}`
}

/** Returns the options of an interface, in the order of their declaration. */
function optionsOf(name) {
  const file = ts.createSourceFile(source, readFileSync(source, 'utf8'), ts.ScriptTarget.Latest, true)
  const type = file.statements.find((it) => ts.isInterfaceDeclaration(it) && it.name.text === name)
  return type.members.map((member) => {
    const [comment] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc)
    const tag = (wanted) => textOf(comment.tags?.find((it) => it.tagName.text === wanted)?.comment)
    return {
      name: member.name.text,
      type: typeOf(member, file),
      text: textOf(comment.comment),
      default: codeOf(tag('default').replace(/\s+/g, ' ')),
      example: tag('example'),
    }
  })
}

const textOf = (comment) =>
  (typeof comment === 'string' ? comment : (ts.getTextOfJSDocComment(comment) ?? '')).trim()

function typeOf(member, file) {
  const text = ts.isMethodSignature(member)
    ? `(${member.parameters.map((it) => it.name.text).join(', ')}) => ${member.type.getText(file)}`
    : member.type.getText(file)
  return text.replace(/\s+/g, ' ')
}

function table(options) {
  const rows = options.map(
    ({ name, text, default: value }) =>
      `| [\`${name}\`](#${name.toLowerCase()}) | ${cell(value)} | ${cell(firstSentence(text))} |`,
  )
  return `| option | default | |\n| --- | --- | --- |\n${rows.join('\n')}\n`
}

const cell = (text) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ')

/** Returns the first sentence, without what it goes on to explain. */
const firstSentence = (text) => text.split(/(?<=[.:])\s/)[0].replace(/(; [^;]*)?:$/, '.')

/** Returns a default with its literals as code. */
const codeOf = (value) =>
  value.includes('`') ? value : value.replace(/\[[^\]]*\]|'[^']*'|^(true|false|\d+)$/g, '`$&`')

function section({ name, type, text, default: value, example }) {
  const code = example === '' ? '' : `\n\`\`\`js\n${example}\n\`\`\`\n`
  return `## ${name}\n\n${text}\n\n- **Type.** \`${type}\`\n- **Default.** ${value}\n${code}`
}
