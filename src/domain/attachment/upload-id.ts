/** Name of an upload: the content and the phone that hands it in, so that the same content is handed in once. */
export const uploadId = (sha256: string, device: number): string => `${sha256}-${device}`
