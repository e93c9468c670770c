/** Names that the source of a template looks at. */
export interface TemplateScan {
  /** Names that may be locals. */
  readonly names: ReadonlySet<string>
  /**
   * First properties of names, `a b` for `a.b`: locals themselves, where `a` is the object of all
   * of them.
   */
  readonly properties: ReadonlySet<string>
  /** Templates that it includes or extends, as it names them. */
  readonly files: readonly string[]
  /** Filters of Nunjucks. */
  readonly filters: ReadonlySet<string>
  /** First words of the statements of Nunjucks. */
  readonly tags: ReadonlySet<string>
}

const none: ReadonlySet<string> = new Set()

/** How a template is written: JavaScript in `<% %>`, or `{{ }}` and `{% %}`. */
export type Syntax = 'ejs' | 'eta' | 'nunjucks'

/**
 * Finds the names in a template's code. More than the locals may be among them, and never less.
 *
 * @returns undefined: it may look at any local, by a computed name or as a whole
 */
export function scanTemplate(source: string, syntax: Syntax): TemplateScan | undefined {
  return syntax === 'nunjucks' ? scanNunjucks(source) : scanCode(source, languages[syntax])
}

const ejsTag = /<%(?!%)(#?)[_=~-]?([\s\S]*?)[_-]?%>/g
/** Delimiters of an application's own, which make a template look like one without code. */
const otherTag = /[<[{(]([?$&@#*^~])[\s\S]*?\1[>\]})]/

/** A language of templates whose code is JavaScript. */
interface Language {
  /** Name of the object that has all locals. */
  readonly object: string
  /** A local that is read of it by its name in quotes. */
  readonly named: RegExp
  /** The object as a whole, but for a look whether it is there. */
  readonly whole: RegExp
  readonly files: RegExp
}

function language(object: string, files: string): Language {
  return {
    object,
    named: new RegExp(`(?<=^|\\.{3}|[^.\\w$])${object}\\s*\\[\\s*(?:'([\\w$]+)'|"([\\w$]+)")\\s*\\]`, 'g'),
    whole: new RegExp(`(?<=^|\\.{3}|[^.\\w$])${object}\\b(?!\\s*(?:\\??\\.\\s*[\\w$]|&&|[!=]==?))`),
    files: new RegExp(`\\b(?:${files})\\b(?:\\s*\\(\\s*(['"\`])([^'"\`$\\\\]+)\\1)?`, 'g'),
  }
}

const languages: Readonly<Record<'ejs' | 'eta', Language>> = {
  ejs: language('locals', 'include'),
  eta: language('it', 'include|includeAsync|layout'),
}

const dynamicCode = /\b(?:eval|Function|arguments)\b/
const declared = [
  /\bfunction\b[^(]*\(([^)]*)\)/g,
  /\(([^()]*)\)\s*=>/g,
  /([\w$]+)\s*=>/g,
  /\b(?:const|let|var)\s+([\w$]+)/g,
]

function scanCode(
  source: string,
  { object, named, whole, files: reference }: Language,
): TemplateScan | undefined {
  const tags = [...source.matchAll(ejsTag)].filter(([, comment]) => comment !== '#')
  if (source.split('<%').length !== source.split('%>').length) return undefined
  if (!source.includes('<%') && otherTag.test(source)) return undefined
  const code = tags
    .map(([, , text]) => text)
    .join('\n')
    .replace(named, `${object}.$1$2`)
  const files = filesIn(code, reference)
  const bare = withoutStrings(code)
  if (files === undefined || whole.test(bare) || dynamicCode.test(bare)) return undefined
  const { names, properties } = namesIn(bare, javascript, declaredIn(bare))
  names.delete(object)
  return { names, properties, files, filters: none, tags: none }
}

const stringOrComment = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g

/**
 * JavaScript without what is no code. Left as it is where a regular expression or a template
 * literal may mislead.
 */
function withoutStrings(code: string): string {
  const bare = code.replace(stringOrComment, ' ')
  return /[/`'"]/.test(bare) ? code : bare
}

const nunjucksTag = /\{[{%](-?)([\s\S]*?)[%}]\}/g
const nunjucksComment = /\{#[\s\S]*?#\}/g
const nunjucksFiles = /\b(?:include|extends|import|from)\b(?:\s+(['"])([^'"\\]+)\1)?/g
const nunjucksString = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g
const nunjucksFilter = /(?:\||^\s*-?\s*filter\b)\s*([^\s()[\]{}%*\-+~/#,:|<>=!'"]+)/g
const nunjucksStatement = /^\s*-?\s*(\S+)/
/** Names of tags, blocks and filters. */
const notLocals = /^\s*-?\s*(?:block\s+)?\w+|\|\s*\w+/g
/** After `from "a" import`, what is imported stands instead of a file. */
const imported = /(\bfrom\s+(?:'[^']*'|"[^"]*"))\s+import\b/g

function scanNunjucks(source: string): TemplateScan | undefined {
  const text = source.replace(nunjucksComment, '')
  if (/\br\//.test(text)) return undefined
  const tags = [...text.matchAll(nunjucksTag)].map(([tag, , code = '']) => ({ tag, code }))
  const statements = tags.filter(({ tag }) => tag.startsWith('{%')).map(({ code }) => code)
  const files = filesIn(statements.join('\n').replace(imported, '$1'), nunjucksFiles)
  if (files === undefined) return undefined
  const code = tags.map(({ tag, code }) =>
    tag.startsWith('{%') ? code.replace(notLocals, ' ') : code.replace(/\|\s*\w+/g, ' '),
  )
  const { names } = namesIn(code.join('\n').replace(nunjucksString, ' '), nunjucksWords, new Set())
  const filters = tags.flatMap(({ code }) => [...code.matchAll(nunjucksFilter)].map(([, name = '']) => name))
  const first = statements.map((statement) => nunjucksStatement.exec(statement)?.[1] ?? '')
  return { names, properties: none, files, filters: new Set(filters), tags: new Set(first) }
}

/** @returns undefined: a file is named by an expression */
function filesIn(code: string, reference: RegExp): readonly string[] | undefined {
  const files = [...code.matchAll(reference)].map(([, , file]) => file)
  return files.includes(undefined) ? undefined : (files as readonly string[])
}

/** Names that the template gives itself: what they hold is not the object of all locals. */
function declaredIn(code: string): ReadonlySet<string> {
  const texts = declared.flatMap((pattern) => [...code.matchAll(pattern)].map(([, names = '']) => names))
  return new Set(texts.flatMap((text) => text.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? []))
}

const word =
  /(\.{3}|\??\.\s*)?(?<![\p{ID_Continue}$])([\p{ID_Start}$_][\p{ID_Continue}$]*)(?:\s*\??\.\s*([\p{ID_Start}$_][\p{ID_Continue}$]*))?/gu

function namesIn(
  code: string,
  language: ReadonlySet<string>,
  declared: ReadonlySet<string>,
): { readonly names: Set<string>; readonly properties: Set<string> } {
  const names = new Set<string>()
  const properties = new Set<string>()
  for (const [, before, name = '', property] of code.replaceAll('${', '{').matchAll(word)) {
    const isProperty = before !== undefined && before !== '...'
    if (isProperty || language.has(name)) continue
    names.add(name)
    if (property !== undefined && !declared.has(name)) properties.add(`${name} ${property}`)
  }
  return { names, properties }
}

/** Keywords, and globals whose names nobody gives to data. */
const javascript: ReadonlySet<string> = new Set(
  (
    'async await break case catch class const continue debugger default delete do else export extends false finally for ' +
    'function if import in include includeAsync instanceof let new null of return static super switch this throw true try typeof undefined var ' +
    'void while yield Array Boolean Date Infinity JSON Math NaN Number Object RegExp String decodeURIComponent encodeURI ' +
    'encodeURIComponent isFinite isNaN parseFloat parseInt'
  ).split(' '),
)

const nunjucksWords: ReadonlySet<string> = new Set(
  (
    'and as caller context else false if ignore import in is loop missing none not null or super true varargs ' +
    'kwargs with without'
  ).split(' '),
)
