/** Returns tags as one line of text, whatever characters they have; no tags are the empty line. */
export function tagsText(tags: readonly string[]): string {
  return tags.map(encodeTag).join(' ')
}

/** Visible ASCII except the percent sign needs no encoding. */
const plainTag = /^[!-$&-~]+$/

function encodeTag(tag: string): string {
  return plainTag.test(tag) ? tag : encodeURIComponent(tag)
}

/** Parses the line of `tagsText`. */
export function parseTags(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ').map(decodeTag)
}

/** Leaves text that can't be decoded as it is: it never was a tag, and matches none. */
function decodeTag(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
