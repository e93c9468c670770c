/**
 * RFC 9110 §12.4.2: the weight among a member's parameters, from 0 to 1. One that can't be read is taken for none given; of one with
 * too many digits, 0 still means no.
 *
 * @param parameters in lower case, without white space around them
 */
export function weightOf(parameters: readonly string[]): number {
  const text = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  return text !== undefined && /^(?:0(?:\.\d*)?|1(?:\.0*)?)$/.test(text) ? Number(text) : 1
}
