/** Rendering of docs/reference/options.md from the documentation of the options' types. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const folder = new URL('../../packages/express/src/options/', import.meta.url)
const ts = createRequire(new URL('../../docs/package.json', import.meta.url))('typescript')

const intro = `<!-- Written by scripts/options.mjs: don't edit. -->

# Options

Options of \`updateCache()\`, \`siteCache()\` and \`withSiteCache()\`; of \`cachePage(timeout, options)\` all but \`timeout\`. Times are seconds, or a duration
such as \`'15m'\`; \`null\` never expires; 0 or less stores nothing. Sizes are bytes. An unknown option or a bad value is an error when the middleware is made: it names the
option, the value and what is allowed.
`

/** Returns the text of the page. */
export function optionsPage() {
  const options = optionsOf('SiteOptions', declarations())
  return `${[intro, table(options), ...options.map(section)].join('\n')}`
}

/** Returns the interfaces of the files of options, by name. */
function declarations() {
  const files = readdirSync(folder).filter((name) => name.endsWith('-options.ts'))
  const statements = files.flatMap((name) => [...parse(new URL(name, folder)).statements])
  return new Map(statements.filter(ts.isInterfaceDeclaration).map((type) => [type.name.text, type]))
}

const parse = (url) =>
  ts.createSourceFile(url.pathname, readFileSync(url, 'utf8'), ts.ScriptTarget.Latest, true)

/** Returns the options of an interface in the order of their declaration, then those of what it extends. */
function optionsOf(name, types) {
  const type = types.get(name)
  const bases = (type.heritageClauses ?? []).flatMap((clause) => clause.types)
  return [
    ...type.members.map(optionOf),
    ...bases.flatMap((base) => optionsOf(base.expression.getText(), types)),
  ]
}

function optionOf(member) {
  const [comment] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc)
  const tag = (wanted) => textOf(comment.tags?.find((it) => it.tagName.text === wanted)?.comment)
  return {
    name: member.name.text,
    type: typeOf(member),
    text: textOf(comment.comment),
    default: codeOf(tag('default').replace(/\s+/g, ' ')),
    example: tag('example'),
  }
}

const textOf = (comment) =>
  (typeof comment === 'string' ? comment : (ts.getTextOfJSDocComment(comment) ?? '')).trim()

function typeOf(member) {
  const text = ts.isMethodSignature(member)
    ? `(${member.parameters.map((it) => it.name.text).join(', ')}) => ${member.type.getText()}`
    : member.type.getText()
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
