/**
 * Finds the known name that an unknown one is a misspelling of: the same but for separators and
 * letter case, or one or two letters away.
 *
 * @returns undefined for a name that is like none of them
 */
export function nearMiss(name: string, known: Iterable<string>): string | undefined {
  const plain = lettersOf(name)
  let least = plain.length < 4 ? 0 : plain.length < 6 ? 1 : 2
  let nearest: string | undefined
  for (const candidate of known) {
    const letters = lettersOf(candidate)
    // As many letters more or less are to be inserted or deleted at the least.
    if (candidate === name || Math.abs(letters.length - plain.length) > least) continue
    const far = distance(plain, letters)
    if (far > least || (far === least && nearest !== undefined)) continue
    least = far
    nearest = candidate
  }
  return nearest
}

function lettersOf(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase()
}

/** Counts the letters to insert, delete or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
