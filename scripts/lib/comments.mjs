const MAX_COLUMNS = 100

/**
 * Finds comments that break the rules of style: a line over 100 columns, a comment that begins
 * with "What" or "Who", and the word "who". Comments behind code are left out.
 *
 * @param source text of a source
 * @returns one text per fault, with the number of its line
 */
export function commentFaults(source) {
  return commentsOf(source.split('\n')).flatMap((comment) => {
    const [start] = comment
    const [, first] = /^\W*(what|who)\b/i.exec(comment.map(({ text }) => text).join('\n')) ?? []
    const beginning = first === undefined ? [] : [`${start.number} begins with ${first}: name the thing`]
    return [...beginning, ...comment.flatMap(lineFaults)]
  })
}

function lineFaults({ number, text }) {
  const columns = `${number} has ${text.length} columns: at most ${MAX_COLUMNS}`
  const person = `${number} says who: name the client, caller, middleware or handler`
  return [...(text.length > MAX_COLUMNS ? [columns] : []), ...(/\bwho\b/i.test(text) ? [person] : [])]
}

/** Splits comments from lines: a doc comment, or `//` lines in a row, is one. */
function commentsOf(lines) {
  const comments = []
  let open
  for (const [i, text] of lines.entries()) {
    const kind = open === 'block' ? 'block' : kindOf(text)
    const isNew = kind !== undefined && kind !== open
    if (isNew) comments.push([])
    if (kind !== undefined) comments.at(-1).push({ number: i + 1, text })
    open = kind === 'block' && text.includes('*/') ? undefined : kind
  }
  return comments
}

function kindOf(text) {
  if (/^\s*\/\*/.test(text)) return 'block'
  return /^\s*\/\//.test(text) ? 'line' : undefined
}
