/** Property under which a request and its response hold the record of reads. */
export const readsKey = Symbol('sitecache.reads')
