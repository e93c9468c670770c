import { addWhole, KeyNumber } from '../sample/key-number.js'
import type { LookUp } from '../sample/look-up.js'
import { INPUT } from '../sample/parts.js'

/** Changes of what a page's key is made of. */
export interface KeyChange {
  /** Parameters of the query that count. @default all */
  readonly param?: (name: string) => boolean
  /** The order of parameters doesn't count. */
  readonly isSorted?: boolean
  /** Inputs that count. @default all */
  readonly input?: (name: string) => boolean
  /** The host and the scheme don't count. */
  readonly anySite?: boolean
  /** More that counts. */
  readonly more?: readonly number[]
}

/** Stands in front of what is more. */
const MORE = 0x2545f491

/** The kind of an input, as its number in the sample has it. */
const INPUT_KIND = INPUT << 24

const key = new KeyNumber()

/** Returns the number of the key of a look-up's page. */
export function keyOf(lookUp: LookUp, change?: KeyChange): number {
  if (change === undefined) return lookUp.key
  const { param, input, isSorted, anySite, more = [] } = change
  key.begin()
  key.add(lookUp.layer).add(lookUp.path)
  if (anySite !== true) key.add(lookUp.site)
  if (isSorted === true) for (const value of sortedValues(lookUp)) key.add(value)
  else
    lookUp.eachParam((name, value) => {
      if (param === undefined || param(name)) key.add(value)
    })
  lookUp.eachInput((name, value, number) => {
    if (input === undefined || input(name)) key.add(INPUT_KIND | number).add(value)
  })
  if (more.length > 0) key.add(MORE)
  for (const one of more) addWhole(key, one)
  return key.end()
}

function sortedValues(lookUp: LookUp): readonly number[] {
  const params: [name: string, value: number][] = []
  lookUp.eachParam((name, value) => void params.push([name, value]))
  params.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  return params.map(([, value]) => value)
}
