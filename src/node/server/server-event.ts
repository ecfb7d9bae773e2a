// What a running server tells its owner: one plain object a happening, ready to be printed as a line of JSON.

/** A happening: `event` names it in lower case (`peer-joined`), the other fields are plain values. */
export type ServerEvent = { readonly event: string; readonly [field: string]: unknown };
