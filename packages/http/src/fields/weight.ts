/**
 * Returns the weight among a member's parameters (RFC 9110 §12.4.2), from 0 to 1. An invalid weight
 * counts as 1, as if it were absent; one with too many digits is read, so that 0.0000 still
 * refuses.
 *
 * @param parameters in lower case, without white space around them
 */
export function weightOf(parameters: readonly string[]): number {
  const text = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  return text !== undefined && /^(?:0(?:\.\d*)?|1(?:\.0*)?)$/.test(text) ? Number(text) : 1
}
