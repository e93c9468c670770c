import { type HeaderMap, inputsKeyText, type LookUpDetails } from '@sitecache/http'
import type { CountedPart } from './distinct-values.js'
import { extraKeyParts } from './extra-key-parts.js'

/** Parts of one kind that are counted, of one look-up. */
const MOST = 24
/** Form of a name that a visitor may send: of another none is kept. */
const NAME = /^[\w.-]{1,64}$/
/** Parts that are the same for all pages of a layer. */
const constant: ReadonlySet<string> = new Set(['kind', 'rewritten', 'present'])

type KeyedLookUp = Pick<
  LookUpDetails,
  'scheme' | 'host' | 'url' | 'extraKey' | 'source' | 'matching' | 'inputs'
>

/** Returns the parts of a look-up's key by which the pages of one path are told apart. */
export function countedParts({ scheme, host, url, extraKey, ...details }: KeyedLookUp): CountedPart[] {
  const { source, matching, inputs } = details
  return [
    { name: 'host', value: `${scheme}://${host}` },
    ...extraKeyParts(extraKey).filter(({ name }) => !constant.has(name)),
    ...inputs.slice(0, MOST).map((name) => ({
      name,
      value: inputsKeyText([name], source, matching) ?? '',
      sent: textOf(source.headers, name),
      bucket: bucketOf(name, source.headers),
    })),
    ...membersOf('query:', queryOf(url), '&'),
    // Which of them it is that makes them many.
    ...(inputs.some(isAllCookies) ? membersOf('cookie:', textOf(source.headers, 'cookie') ?? '', ';') : []),
  ]
}

function isAllCookies(name: string): boolean {
  return name === 'cookie' || name === 'cookie:*'
}

function queryOf(url: string): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}

function membersOf(kind: string, text: string, separator: string): CountedPart[] {
  return text.split(separator, MOST).flatMap((member) => {
    const [name = ''] = member.trim().split('=', 1)
    return NAME.test(name) ? [{ name: kind + name, value: member }] : []
  })
}

function textOf(headers: HeaderMap, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  return value === undefined ? undefined : String(value)
}

/** Returns the value of a header as the buckets that are usual for it would reduce it. */
function bucketOf(name: string, headers: HeaderMap): string | undefined {
  const text = textOf(headers, name)
  if (name === 'user-agent') return /mobi/i.test(text ?? '') ? 'mobile' : 'desktop'
  if (name !== 'accept-language') return undefined
  return firstLanguage(text ?? '')
}

/** Returns the language of the greatest weight, without its region. */
function firstLanguage(text: string): string {
  let [best, most] = ['', 0]
  for (const member of text.split(',', MOST)) {
    const [tag = '', weight] = member
      .trim()
      .toLowerCase()
      .split(/ *; *q=/)
    const q = weight === undefined ? 1 : Number(weight)
    if (q > most) [best, most] = [tag, q]
  }
  return best.split('-', 1)[0] ?? ''
}
