import { fieldValue, inputsKeyText, type LookUpDetails } from '@sitecache/http'
import { hashOf } from './hashing.js'
import type { Names } from './names.js'

/** Kinds of parts. */
export const PARAM = 0
export const INPUT = 1
export const COOKIE = 2
export const SET_COOKIE = 3

/** Parts of one kind that are looked at, of one request. */
const MAX_PARTS = 24

/** Returns the parts of a look-up: kind and name, hash as sent, hash as the key has it. */
export function partsOf(details: LookUpDetails, names: { visitors: Names; application: Names }): number[] {
  const parts: number[] = []
  const add = (kind: number, name: number, raw: number, value = raw): void =>
    void parts.push(kind * 2 ** 24 + name, raw, value)
  for (const member of membersOf(details.url))
    add(PARAM, names.visitors.number(nameOf(member)), hashOf(member))
  const { source, matching, inputs } = details
  for (const name of inputs.slice(0, MAX_PARTS)) {
    const value = hashOf(inputsKeyText([name], source, matching) ?? '')
    const raw = matching.buckets === undefined && matching.normalize !== true ? value : rawOf(name, details)
    add(INPUT, names.application.number(name), raw, value)
  }
  if (inputs.some(isCookieInput))
    for (const cookie of cookiesOf(details.source.headers.cookie))
      add(COOKIE, names.visitors.number(nameOf(cookie)), hashOf(cookie))
  for (const name of setCookieNames(details)) add(SET_COOKIE, names.application.number(name), hashOf(name))
  return parts
}

function rawOf(name: string, { source, matching }: LookUpDetails): number {
  return hashOf(inputsKeyText([name], source, { inputs: matching.inputs }) ?? '')
}

/** Whether an input is made of cookies. */
export function isCookieInput(name: string): boolean {
  return name === 'cookie' || name.startsWith('cookie:')
}

function membersOf(url: string): string[] {
  const mark = url.indexOf('?')
  return mark < 0 ? [] : url.slice(mark + 1).split('&', MAX_PARTS)
}

function cookiesOf(header: string | readonly string[] | number | undefined): string[] {
  if (typeof header !== 'string' || header === '') return []
  return header.split(';', MAX_PARTS).map((cookie) => cookie.trim())
}

function nameOf(member: string): string {
  return member.split('=', 1)[0] ?? ''
}

function setCookieNames({ written }: LookUpDetails): string[] {
  const lines = written?.['set-cookie']
  if (lines === undefined) return []
  const all = Array.isArray(lines) ? lines : [fieldValue({ 'set-cookie': lines }, 'set-cookie') ?? '']
  return all.slice(0, MAX_PARTS).map((line: unknown) => nameOf(String(line)).trim())
}
