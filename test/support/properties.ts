import fc from 'fast-check'

/** A property of which a slow machine tries fewer cases: how fast it is decides how many are tried, and never the verdict. */
export const whileThereIsTime = { interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false } as const

/** Code points that are halves of a pair in UTF-16, and no characters. */
const [firstHalf, halves] = [0xd800, 0x800]

/**
 * Any character, printable or not: as fast-check's `unit: 'binary'`, whose table of all characters takes a second for
 * each file of tests.
 */
export const anyCharacter: fc.Arbitrary<string> = fc.nat({ max: 0x10_ff_ff - halves }).map(
  (index) => String.fromCodePoint(index < firstHalf ? index : index + halves),
  (value) => {
    const code = typeof value === 'string' ? value.codePointAt(0) : undefined
    if (code === undefined || String.fromCodePoint(code) !== value) throw new TypeError('not one character')
    return code < firstHalf ? code : code - halves
  },
)
