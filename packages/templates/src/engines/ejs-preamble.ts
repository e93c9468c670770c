/** Options of EJS that decide how code stands in its templates. */
export interface EjsDelimiters {
  readonly openDelimiter?: string | undefined
  readonly delimiter?: string | undefined
  readonly closeDelimiter?: string | undefined
  readonly localsName?: string | undefined
  /** Locals are properties of `localsName` then, and no variables. */
  readonly strict?: boolean | undefined
  readonly _with?: boolean | undefined
}

/**
 * Returns the code in front of each template that makes `fragment`: it gives access to `__output`,
 * the variable that EJS writes to. In one line, so that the lines of errors are those of the file.
 *
 * Tokens are apart by spaces: no two of them make a closing delimiter, whatever that is.
 *
 * @param ejs gives the delimiters that are not among the options
 */
export function ejsPreamble(ejs: EjsDelimiters, options: EjsDelimiters): string {
  const {
    openDelimiter: open = ejs.openDelimiter ?? '<',
    delimiter = ejs.delimiter ?? '%',
    closeDelimiter: close = ejs.closeDelimiter ?? '>',
    localsName = ejs.localsName ?? 'locals',
  } = options
  const isStrict = options.strict === true || options._with === false
  const call = isStrict ? `${localsName} . sitecacheFragment` : 'sitecacheFragment'
  const output = '{ read : function ( ) { return __output } , put : function ( text ) { __output = text } }'
  const code = `const fragment = function ( ) { return ${call} . apply ( null , [ ${output} ] . concat ( Array . from ( arguments ) ) ) } ;`
  return `${open}${delimiter} ${code} ${delimiter}${close}`
}
