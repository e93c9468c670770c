/** Setting of records whose counterexamples are printed as they are written. */
export const plain = { noNullPrototype: true } as const
