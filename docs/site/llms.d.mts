/** Heading of the sidebars, with its documents. */
export interface LlmsGroup {
  readonly text: string
  readonly pages: readonly { readonly title: string; readonly place: string; readonly document: string }[]
}

export function writeLlms(site: {
  readonly out: string
  /** Path of the site on its host. */
  readonly base: string
  readonly root: string
  readonly title: string
  readonly description: string
  readonly groups: readonly LlmsGroup[]
  readonly targetOf: (document: string, link: string) => string
}): void
