import { Cache } from '@sitecache/core'
import { type OptionParser, parseTimeout, refusal, text } from '@sitecache/core/internal'

/** Parses a cache, or the alias of one. */
export const cacheOption: OptionParser<Cache | string> = (value, path) => {
  if (value instanceof Cache || (typeof value === 'string' && value !== '')) return value
  throw refusal(path, 'a cache, or the alias of one', value)
}

/** Parses a prefix; an empty one would mix sessions with other keys. */
export const prefixOption: OptionParser<string> = (value, path) => {
  const prefix = text(value, path)
  if (/^[!-~]{1,64}$/.test(prefix)) return prefix
  throw refusal(path, '1 to 64 printable characters of ASCII without spaces', value)
}

/** Parses seconds; a session without an end would stay for ever after its visitor has gone. */
export const ttlOption: OptionParser<number> = (value, path) => {
  const seconds = parseTimeout(value, path)
  if (seconds !== null && seconds > 0) return seconds
  throw refusal(path, 'more than 0 seconds', value)
}
