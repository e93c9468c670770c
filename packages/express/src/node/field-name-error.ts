/** A name that is none of a header (RFC 9110 §5.1). */
export class FieldNameError extends TypeError {
  readonly code = 'ERR_SITECACHE_FIELD_NAME'
}
