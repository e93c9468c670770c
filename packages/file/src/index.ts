export { type FileStoreOptions, fileStore } from './file-store.js'
export { storeFromUrl } from './store-from-url.js'
