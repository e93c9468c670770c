/** Text without accents and capitals, as searches compare it: `Zürich` and `zurich` are one. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
}

/** The letter that a name is listed under, `#` when it starts with none. */
export function initialOf(name: string): string {
  const letter = fold(name)
    .replace(/^[^\p{Letter}\p{Number}]+/u, '')
    .charAt(0)
  return /\p{Letter}/u.test(letter) ? letter.toUpperCase() : '#'
}

/** A text as part of a LIKE pattern with `ESCAPE '\'`. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
