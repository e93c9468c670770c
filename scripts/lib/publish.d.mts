/** Sorts packages so that each comes behind those that it depends on. */
export function inOrder<
  M extends { readonly name: string; readonly dependencies?: object; readonly peerDependencies?: object },
>(manifests: readonly M[]): M[]
